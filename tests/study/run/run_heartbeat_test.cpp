#include "run_heartbeat.h"

#include <optional>

#include <gtest/gtest.h>

#include "crossfold/results/heartbeat.h"

#include "fleet/coordinator_words.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

TEST(RunHeartbeat, ShowsWorkersAsTheyJoinAndGoesWithTheRun) {
  const test::ScratchFolder folder;
  fleet::Fleet fleet({fleet::item(1, 1)}, 4);
  {
    RunHeartbeat heartbeat(folder.path());
    const auto shown = [&] {
      heartbeat.update(fleet.coordinator, {});
      const std::optional<Heartbeat> read = read_heartbeat(folder.path());
      return read ? read->workers.size() : 0;
    };
    EXPECT_EQ(shown(), 0U);
    for (const std::uint32_t worker : {0U, 1U}) {
      static_cast<void>(fleet.join(worker));
      EXPECT_EQ(shown(), worker + 1);
    }
    static_cast<void>(fleet.join(2));
    static_cast<void>(fleet.join(3));
    EXPECT_EQ(shown(), 4U);
  }
  EXPECT_FALSE(read_heartbeat(folder.path()).has_value());
}

}  // namespace
}  // namespace crossfold
