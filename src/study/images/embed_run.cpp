#include "crossfold/study/embed_run.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/log.h"
#include "crossfold/imaging/embed.h"
#include "crossfold/imaging/extractor.h"
#include "crossfold/imaging/lung_mask.h"
#include "crossfold/mpi/run_fleet.h"
#include "crossfold/study/image_blocks.h"

#include "embed_session.h"

namespace crossfold {
namespace {

EmbedTarget target_of(const EmbedSettings& settings) {
  return {.store = settings.store,
          .bad_images = settings.bad_images,
          .same_name = settings.same_name,
          .other_images = settings.other_images};
}

/// Takes the paths out of the manifest.
std::vector<ImageRow> image_rows(Manifest& manifest, const std::filesystem::path& path,
                                 const MaskPaths& masks) {
  CF_VALIDATE(
      !manifest.images.empty(), ErrorCode::bad_input,
      "has no column 'image' (it names the image files, relative to the manifest's folder). "
      "add it",
      path.string());
  const std::filesystem::path folder = std::filesystem::absolute(path).parent_path();
  std::vector<ImageRow> rows;
  for (std::size_t i = 0; i < manifest.images.size(); ++i) {
    ImageRow& row = rows.emplace_back();
    row.id = manifest.samples.id[i];
    row.path = std::move(manifest.images[i]);
    const auto mask = masks.find((folder / row.path).lexically_normal());
    if (mask != masks.end()) row.mask = mask->second.string();
  }
  manifest.images.clear();
  return rows;
}

/// Names the masks that nobody asks for.
void check_masks(const MaskPaths& masks, const std::vector<ImageRow>& rows,
                 const EmbedSettings& settings) {
  const std::filesystem::path folder = std::filesystem::absolute(settings.manifest).parent_path();
  std::set<std::filesystem::path> images;
  for (const ImageRow& row : rows) images.insert((folder / row.path).lexically_normal());
  const bool any = std::any_of(rows.begin(), rows.end(),
                               [](const ImageRow& row) { return row.mask.has_value(); });
  CF_VALIDATE(
      any, ErrorCode::bad_input,
      masks.empty()
          ? std::string("names no mask. fill in its masks")
          : fmt::format("has no mask of an image of the manifest (the first of its {} "
                        "images is {}, that of the manifest {}). name the table of these "
                        "images, with paths relative to its folder",
                        masks.size(), masks.begin()->first.string(), images.begin()->string()),
      settings.masks->string());
  if (const auto unused = unused_masks(masks, images))
    log_warning(fmt::format("{}: {}", settings.masks->string(), *unused));
}

/// The extractor, and what makes numbers with it.
struct Embedding {
  std::unique_ptr<const Extractor> extractor;
  std::optional<ImageEmbedder> embedder;
};

Embedding make_embedding(const EmbedSettings& settings) {
  const std::filesystem::path folder = std::filesystem::absolute(settings.manifest).parent_path();
  Embedding made;
  made.extractor = make_extractor(settings.extractor, {.folder = folder, .all = settings.trust});
  made.embedder.emplace(folder, *made.extractor, settings.preprocessings);
  return made;
}

/// Equal on all ranks that would give an image the same numbers.
std::string plan_of(const ImageEmbedder& embedder) {
  return Hasher().text(embedder.recipe().hex()).text(embedder.folder().string()).finish().hex();
}

}  // namespace

EmbedInput make_embed_input(const EmbedSettings& settings, Manifest manifest) {
  EmbedInput input{.manifest = std::move(manifest), .rows = {}, .before = std::nullopt};
  const MaskPaths masks =
      settings.masks ? read_mask_table(*settings.masks, settings.mask_column) : MaskPaths{};
  input.rows = image_rows(input.manifest, settings.manifest, masks);
  if (settings.masks) check_masks(masks, input.rows, settings);
  input.before = open_store_if_there(settings.store);
  return input;
}

int run_embed(mpi::Session& session, fleet::Launch launch, ReadEarly<EmbedInput> input,
              const EmbedSettings& settings, const RunControl& control) {
  const bool alone = launch == fleet::Launch::alone;
  Embedding made;
  std::optional<EmbedSession> ours;  // rank 0 only
  session.agree([&] { input.throw_failure(); });
  session.agree([&] { made = make_embedding(settings); });
  const ImageEmbedder& embedder = *made.embedder;
  session.agree([&] {
    if (input.value) ours.emplace(target_of(settings), std::move(*input.value), embedder, control);
  });
  const int threads = settings.threads.value_or(threads_of_rank(session));
  const fleet::RunnerFactory make_runner = [&](Rank) {
    return std::make_unique<ImageRunner>(embedder, alone ? 1 : threads);
  };
  EmbedPool pool{.workers = session.size(), .threads_per_rank = threads};
  if (alone) pool = {.workers = static_cast<std::uint32_t>(threads)};
  std::vector<fleet::WorkItem> items;
  fleet::FleetOptions fleet_options;
  if (ours) {
    items = ours->items(pool);
    if (alone)
      pool.workers =
          static_cast<std::uint32_t>(std::clamp<std::size_t>(items.size(), 1, pool.workers));
    ours->begin(pool);
    fleet_options = ours->fleet_options();
    fleet_options.limits =
        coordinator_limits(settings.times, fleet::process_environment(), unix_time_s());
  }
  fleet::ListSource source(std::move(items));
  try {
    const std::optional<fleet::FleetReport> report =
        mpi::run_fleet(session, {.workers = pool.workers}, &source,
                       make_hello(plan_of(embedder), fmt::format("{} threads", threads)),
                       make_runner, ours ? &ours->sink() : nullptr, fleet_options);
    const int code = report ? ours->finish(*report, settings.times) : 0;
    if (report && report->must_exit) session.exit_after(code);
    return code;
  } catch (const Error& error) {
    if (!ours) throw;
    throw ours->with_work_kept(error);
  }
}

}  // namespace crossfold
