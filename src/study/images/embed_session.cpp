#include "embed_session.h"

#include <algorithm>
#include <cstdint>
#include <system_error>
#include <type_traits>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/as_error.h"
#include "crossfold/core/counted.h"
#include "crossfold/core/duration.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/samples/pool_levels.h"
#include "crossfold/study/image_blocks.h"
#include "crossfold/study/rank_session.h"

namespace crossfold {
namespace {

using Clock = std::chrono::steady_clock;

/// The samples whose images could be read.
SampleTable keep_rows(const SampleTable& samples, const std::vector<std::size_t>& rows) {
  const auto pick = [&](const auto& values) {
    std::remove_cvref_t<decltype(values)> kept;
    for (const std::size_t row : rows) kept.push_back(values[row]);
    return kept;
  };
  const std::vector<std::uint32_t> pool(rows.begin(), rows.end());
  const auto pick_coded = [&](const CodedColumn& column) {
    CodedColumn kept = with_levels_of(column, pool);
    kept.codes = pick(kept.codes);
    return kept;
  };
  SampleTable kept{.id = pick(samples.id),
                   .group = pick(samples.group),
                   .class_label = pick_coded(samples.class_label),
                   .domain = pick_coded(samples.domain),
                   .role = {.codes = pick(samples.role.codes), .levels = samples.role.levels},
                   .attributes = {}};
  for (const Attribute& attribute : samples.attributes) {
    if (const auto* numbers = std::get_if<std::vector<double>>(&attribute.values))
      kept.attributes.push_back({attribute.name, pick(*numbers)});
    else
      kept.attributes.push_back(
          {attribute.name, pick_coded(std::get<CodedColumn>(attribute.values))});
  }
  return kept;
}

std::filesystem::path journal_of(const std::filesystem::path& store) {
  return store.string() + ".part";
}

/// What can be found of a store that is not to be extended so before any image is embedded. All
/// images are looked at when the sets are there.
void refuse_early(const EmbedTarget& target, const EmbedInput& input, const StoreContents& store,
                  const ImageEmbedder& embedder) {
  constexpr std::size_t kLookedAt = 256;
  std::vector<std::string> names;
  for (const EmbeddingInfo& set : embedder.sets()) names.push_back(set.name);
  if (target.same_name == SameName::refuse) refuse_same_names(store, names);
  // Where images may be left out, a manifest of more samples may end in those of the store.
  if (target.bad_images == BadImages::skip && store.samples.size() != input.manifest.samples.size())
    return;
  refuse_other_samples(store, input.manifest.samples);
  if (target.other_images == OtherImages::accept) return;
  const auto first = std::span(input.rows).first(std::min(kLookedAt, input.rows.size()));
  refuse_other_images(store, names,
                      image_hashes(embedder, first, static_cast<int>(usable_cores().size())));
}

EmbedResults open_results(const EmbedTarget& target, EmbedInput& input,
                          const ImageEmbedder& embedder) {
  if (input.before) refuse_early(target, input, *input.before, embedder);
  return {embedder, std::move(input.rows), journal_of(target.store)};
}

/// One warning that names all of them.
void warn_of(const std::vector<BadImage>& images, std::size_t of, const char* what) {
  if (images.empty()) return;
  log_warning(fmt::format("{} of {} images are {}", images.size(), of, what) + listed(images));
}

}  // namespace

void ImageRecorder::append(const fleet::Record& record) {
  if (record.error) {
    const std::size_t images = decode_rows(record.bytes).size();
    if (given_up_ == 0) given_up_because_ = *record.error;
    given_up_ += images;
    unsafe_done_ += images;
    unsafe_bad_ += images;
    return;
  }
  for (const auto& [row, image] : decode_images(record.bytes)) {
    results_->add(row, image);
    ++unsafe_done_;
    if (image.problem) ++unsafe_bad_;
  }
}

void ImageRecorder::flush() {
  results_->flush();
  done_ += std::exchange(unsafe_done_, 0);
  bad_ += std::exchange(unsafe_bad_, 0);
}

void ImageRecorder::throw_if_given_up() const {
  CF_VALIDATE(
      given_up_ == 0, ErrorCode::internal,
      fmt::format("{} given up after two tries (the first: {}). run again, and report it if "
                  "it stays",
                  counted_are(given_up_, "image"), given_up_because_));
}

EmbedSession::EmbedSession(EmbedTarget target, EmbedInput input, const ImageEmbedder& embedder,
                           const RunControl& control)
    : target_(std::move(target)),
      input_(std::move(input)),
      embedder_(&embedder),
      results_(open_results(target_, input_, embedder)),
      fresh_total_(results_.missing().size()),
      recorder_(results_),
      control_(&control) {}

std::vector<fleet::WorkItem> EmbedSession::items(const EmbedPool& pool) const {
  return image_blocks(results_.rows(), results_.missing(),
                      {.workers = pool.workers,
                       .threads = static_cast<std::size_t>(pool.threads_per_rank.value_or(1))});
}

void EmbedSession::begin(const EmbedPool& pool) {
  const std::size_t total = results_.rows().size();
  if (fresh_total_ < total)
    log_info(fmt::format("{} of {} images are done already", total - fresh_total_, total));
  const auto threads = static_cast<std::uint64_t>(pool.threads_per_rank.value_or(1));
  const std::string who =
      pool.threads_per_rank
          ? fmt::format("{} of {} each", counted(pool.workers, "rank"), counted(threads, "thread"))
          : counted(pool.workers, "thread");
  log_info(fmt::format("{} to embed on {}, into {}", counted(fresh_total_, "image"), who,
                       target_.store.string()));
  start_ = Clock::now();
  sink_.emplace(recorder_);
}

fleet::FleetOptions EmbedSession::fleet_options() {
  fleet::FleetOptions options;
  options.stop = control_->stop;
  options.on_progress = [this](const fleet::Coordinator& c) { show_progress(c); };
  return options;
}

void EmbedSession::show_progress(const fleet::Coordinator& coordinator) {
  const std::size_t fresh = recorder_.done();
  const std::size_t total = results_.rows().size();
  control_->progress({.done = total - fresh_total_ + fresh,
                      .of = total,
                      .failed = recorder_.bad(),
                      .fresh = fresh,
                      .fresh_share = static_cast<double>(fresh) /
                                     static_cast<double>(std::max<std::size_t>(1, fresh_total_)),
                      .workers = coordinator.status().workers});
}

int EmbedSession::finish(const fleet::FleetReport& report, const TimeLimits& times) {
  control_->progress_ends();
  sink_.reset();
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const std::size_t embedded = recorder_.done() - recorder_.bad();
  log_info(fmt::format("{} embedded in {} ({:.3g} a second), {} bad", counted(embedded, "image"),
                       duration_text(seconds),
                       static_cast<double>(embedded) / std::max(seconds, 1e-3), recorder_.bad()));
  std::string summary;
  try {
    recorder_.throw_if_given_up();
    if (report.end == fleet::FleetEnd::stopped) {
      log_warning(fmt::format(
          "stopped {}: {} of {} images are done and kept in {}. run the same command again to go "
          "on",
          control_->why_stopped(), results_.recorded(), results_.rows().size(),
          journal_of(target_.store).string()));
      return code_of_stop(times, control_->stop_requested(), recorder_.done(), "image");
    }
    summary = write_store();
  } catch (const Error& error) {
    control_->tell(with_work_kept(error).what());
    return exit_code(error.code());
  } catch (const std::exception& exception) {
    const Failure failure = describe_failure(exception);
    control_->tell(failure.text);
    return failure.code;
  }
  return code_when_told(*control_, [&] {
    give_summary(summary);
    return 0;
  });
}

std::string EmbedSession::write_store() {
  Embedded embedded = results_.result(target_.bad_images);
  warn_of(embedded.bad, results_.rows().size(), "left out");
  warn_of(embedded.blank, results_.rows().size(),
          "blank or nearly blank (nothing of a patient is in them). look at them; leave them "
          "out of the manifest, or mend them");
  warn_of(embedded.odd_masks, results_.rows().size(),
          "embedded with an unlikely lung mask. look at them, and mend the masks");
  SampleTable& all = input_.manifest.samples;  // moved from: it is as large as all else together
  const SampleTable samples = embedded.bad.empty() ? std::move(all) : keep_rows(all, embedded.rows);
  const StoreChange change =
      add_to_store(target_.store, std::move(input_.before), samples, embedded.sets,
                   target_.same_name, {std::move(embedded.images), target_.other_images});
  std::error_code ignored;
  std::filesystem::remove(journal_of(target_.store), ignored);
  std::string summary;
  for (const EmbeddingSource& set : embedded.sets)
    summary +=
        fmt::format("embedding set {}: {} x {}\n", set.info.name, samples.size(), set.info.dim);
  return summary + fmt::format("{}: {}, {} images left out\n", target_.store.string(),
                               change == StoreChange::created ? "written" : "extended",
                               embedded.bad.size());
}

void EmbedSession::give_summary(const std::string& summary) const {
  try {
    control_->give(summary);
  } catch (const OutputClosed&) {
    throw;  // no failure to be told
  } catch (const Error& error) {
    throw Error(error.code(),
                fmt::format("{}\nonly this summary is lost: {} is complete", error.message(),
                            target_.store.string()),
                error.where(), error.cause());
  }
}

Error EmbedSession::with_work_kept(const Error& error) {
  sink_.reset();  // writes what came in
  const std::filesystem::path journal = journal_of(target_.store);
  if (results_.recorded() == 0) {
    std::error_code ignored;
    if (results_.journal_is_empty()) std::filesystem::remove(journal, ignored);
    return error;
  }
  return {error.code(),
          fmt::format("{}\n{} kept in {}: the same command goes on with the others. delete that "
                      "file if you do not want this",
                      error.message(), counted_are(results_.recorded(), "finished image"),
                      journal.string()),
          error.where(), error.cause()};
}

}  // namespace crossfold
