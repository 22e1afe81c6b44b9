#include "crossfold/core/host_info.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

namespace crossfold {
namespace {

using ::testing::ElementsAre;

TEST(HostInfo, NamesTheHost) { EXPECT_FALSE(host_info().name.empty()); }

TEST(HostInfo, NamesTheProcessorAsTheSystemDoes) {
  std::ifstream file("/proc/cpuinfo");
  std::string model;  // "model name\t: that of the first core", where the architecture has one
  for (std::string line; model.empty() && std::getline(file, line);)
    if (line.starts_with("model name")) model = line.substr(line.find(": ") + 2);
  EXPECT_EQ(host_info().cpu_model, model);
}

TEST(UsableCores, CountAsThreads) {
  EXPECT_EQ(static_cast<std::size_t>(usable_threads()), usable_cores().size());
}

TEST(UsableCores, AreAscendingAndNotNone) {
  const std::vector<int> cores = usable_cores();
  ASSERT_FALSE(cores.empty());
  EXPECT_TRUE(std::is_sorted(cores.begin(), cores.end()));
}

TEST(PinThisThread, ConfinesThatThreadAlone) {
  const std::vector<int> before = usable_cores();
  std::vector<int> inside;
  bool pinned = false;
  std::thread([&] {
    pinned = pin_this_thread(before.back());
    inside = usable_cores();
  }).join();
  EXPECT_TRUE(pinned);
  EXPECT_THAT(inside, ElementsAre(before.back()));
  EXPECT_EQ(usable_cores(), before);
}

TEST(PinThisThread, SaysSoWhenThereIsNoSuchCore) {
  EXPECT_FALSE(pin_this_thread(-1));
  EXPECT_FALSE(pin_this_thread(1'000'000));
  EXPECT_FALSE(usable_cores().empty());
}

TEST(AnonymousMemory, GrowsWithWhatIsTouched) {
  const std::uint64_t before = anonymous_memory_bytes();
  if (before == 0) GTEST_SKIP() << "this system does not say (no RssAnon in /proc/self/status)";
  constexpr std::size_t kBytes = 64U << 20U;
  const std::vector<char> block(kBytes, 1);
  EXPECT_GT(anonymous_memory_bytes(), before + kBytes / 2);
  EXPECT_EQ(block.back(), 1);
}

}  // namespace
}  // namespace crossfold
