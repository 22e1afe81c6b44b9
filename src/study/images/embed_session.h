#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/core/error.h"
#include "crossfold/fleet/fleet.h"
#include "crossfold/fleet/group_commit_sink.h"
#include "crossfold/imaging/embed_results.h"
#include "crossfold/manifest/manifest.h"
#include "crossfold/store/store_extension.h"
#include "crossfold/study/embed_run.h"
#include "crossfold/study/run_control.h"
#include "crossfold/study/time_limits.h"

namespace crossfold {

/// Where the sets go.
struct EmbedTarget {
  std::filesystem::path store;
  BadImages bad_images = BadImages::fail;
  SameName same_name = SameName::refuse;
  OtherImages other_images = OtherImages::refuse;
};

/// Who works, to be said.
struct EmbedPool {
  std::uint32_t workers = 1;  ///< threads of this process, or ranks
  std::optional<int> threads_per_rank = {};
};

/// Writes what the fleet records into the journal.
class ImageRecorder final : public fleet::RecordWriter {
 public:
  explicit ImageRecorder(EmbedResults& results) : results_(&results) {}

  void append(const fleet::Record& record) override;
  void flush() override;

  [[nodiscard]] std::size_t done() const { return done_; }  ///< images safe on disk, or bad
  [[nodiscard]] std::size_t bad() const { return bad_; }    ///< of these
  /// Error{internal} when blocks of images were given up; for after the sink.
  void throw_if_given_up() const;

 private:
  EmbedResults* results_;
  std::size_t unsafe_done_ = 0;
  std::size_t unsafe_bad_ = 0;
  std::atomic<std::size_t> done_ = 0;
  std::atomic<std::size_t> bad_ = 0;
  std::size_t given_up_ = 0;
  std::string given_up_because_;
};

/// The coordinator's side of one `embed`: looks up in STORE.part what is done, keeps what comes in,
/// shows how far it is, and makes the store.
class EmbedSession {
 public:
  /// `embedder` and `control` must outlive it. Error{bad_input} when the store has a set of the
  /// same name that is not to be replaced.
  EmbedSession(EmbedTarget target, EmbedInput input, const ImageEmbedder& embedder,
               const RunControl& control);

  /// The images that are not done, in blocks that spread well over so many threads in all.
  [[nodiscard]] std::vector<fleet::WorkItem> items(const EmbedPool& pool) const;

  /// Says who works and starts the clock.
  void begin(const EmbedPool& pool);
  [[nodiscard]] fleet::Sink& sink() { return *sink_; }
  [[nodiscard]] fleet::FleetOptions fleet_options();
  /// Writes the store when all is done, sums up, and returns the exit code. What goes wrong is told
  /// here, as no rank waits for another by now.
  [[nodiscard]] int finish(const fleet::FleetReport& report, const TimeLimits& times);

  /// The error of a run that ends with it, with where the finished images are kept and how to go
  /// on. Where none is finished the journal goes.
  [[nodiscard]] Error with_work_kept(const Error& error);

 private:
  void show_progress(const fleet::Coordinator& coordinator);
  /// Returns what there is to tell of it.
  [[nodiscard]] std::string write_store();
  /// The store is written by now, and its journal gone: whatever fails, no work is left.
  void give_summary(const std::string& summary) const;

  EmbedTarget target_;
  EmbedInput input_;
  const ImageEmbedder* embedder_;
  EmbedResults results_;
  std::size_t fresh_total_;  ///< images to be done by this run
  ImageRecorder recorder_;
  const RunControl* control_;
  std::chrono::steady_clock::time_point start_;
  std::optional<fleet::GroupCommitSink> sink_;  // last: its thread uses the recorder
};

}  // namespace crossfold
