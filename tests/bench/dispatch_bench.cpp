// What handing out work costs: no-op items, one to a message, through coordinator, messages and
// sink. Alone or under mpirun.
//
//   dispatch_bench [ITEMS] [JOURNAL]     20000 items; results to memory, or to a file with
//   fdatasync
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "crossfold/core/files.h"
#include "crossfold/fleet/group_commit_sink.h"
#include "crossfold/mpi/run_fleet.h"

#include "fleet/fakes.h"

namespace crossfold {

using namespace fleet;

constexpr int kRepeats = 5;

/// A line of about the length of a journal's for each record.
class LineWriter final : public RecordWriter {
 public:
  explicit LineWriter(const std::filesystem::path& path) : file_(path) {}
  void append(const Record& record) override { file_.append(record.bytes + line_end_); }
  void flush() override {
    file_.flush();
    ++flushes;
  }
  int flushes = 0;

 private:
  AppendFile file_;
  std::string line_end_ = std::string(500, '.') + "\n";
};

struct Settings {
  std::uint64_t items = 20'000;
  mpi::CoordinatorMode coordinator = mpi::CoordinatorMode::working;
  std::string journal;
};

double seconds_of_run(mpi::Session& session, const Settings& settings, Sink& sink) {
  session.agree([] {});
  const auto start = std::chrono::steady_clock::now();
  ListSource source(numbered_items(settings.items));
  (void)mpi::run_fleet(session, {.coordinator = settings.coordinator}, &source,
                       {"build", "plan", "host", "cpu"}, make_echo_runner, &sink);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double seconds_with_journal(mpi::Session& session, const Settings& settings) {
  if (!session.is_root()) {
    MemorySink unused;
    return seconds_of_run(session, settings, unused);
  }
  LineWriter writer(settings.journal);
  GroupCommitSink sink(writer);
  const double seconds = seconds_of_run(session, settings, sink);
  fmt::print("  {} flushes\n", writer.flushes);
  std::filesystem::remove(settings.journal);
  return seconds;
}

void run(const Settings& settings) {
  mpi::Session session(detect_launch(process_environment()));
  std::vector<double> seconds;
  for (int repeat = 0; repeat < kRepeats; ++repeat) {
    MemorySink memory;
    seconds.push_back(settings.journal.empty() ? seconds_of_run(session, settings, memory)
                                               : seconds_with_journal(session, settings));
  }
  if (!session.is_root()) return;
  std::sort(seconds.begin(), seconds.end());
  const auto rate = [&](double s) { return static_cast<double>(settings.items) / s; };
  fmt::print("{} ranks, {} items, {}: median {:.0f} items/s ({:.1f} us each), {:.0f} to {:.0f}\n",
             session.size(), settings.items, settings.journal.empty() ? "memory" : "journal",
             rate(seconds[kRepeats / 2]), 1e6 / rate(seconds[kRepeats / 2]), rate(seconds.back()),
             rate(seconds.front()));
}

}  // namespace crossfold

int main(int argc, char** argv) {
  crossfold::Settings settings;
  if (argc > 1) settings.items = std::stoull(argv[1]);
  if (argc > 2 && std::string(argv[2]) == "dedicated")
    settings.coordinator = crossfold::mpi::CoordinatorMode::dedicated;
  if (argc > 3) settings.journal = argv[3];
  crossfold::run(settings);
}
