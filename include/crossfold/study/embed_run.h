#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/fleet/placement.h"
#include "crossfold/imaging/embed_results.h"
#include "crossfold/imaging/image_rows.h"
#include "crossfold/imaging/model_trust.h"
#include "crossfold/manifest/manifest.h"
#include "crossfold/mpi/session.h"
#include "crossfold/store/store_extension.h"
#include "crossfold/study/rank_session.h"
#include "crossfold/study/run_control.h"
#include "crossfold/study/time_limits.h"

namespace crossfold {

/// How images are to be turned into embedding sets of a store.
struct EmbedSettings {
  std::filesystem::path manifest;
  std::filesystem::path store;  ///< to make, or to extend
  std::string extractor = "texture";
  std::vector<std::string> preprocessings{"raw"};   ///< an embedding set each
  std::optional<std::filesystem::path> masks = {};  ///< table of lung masks
  std::optional<std::string> mask_column = {};
  std::optional<int> threads = {};  ///< images at a time on each rank; none: its cores
  ModelTrust::All trust = ModelTrust::All::below_folder;
  BadImages bad_images = BadImages::fail;
  SameName same_name = SameName::refuse;
  OtherImages other_images = OtherImages::refuse;
  TimeLimits times = {};
};

/// What one `embed` is about, as rank 0 reads it.
struct EmbedInput {
  Manifest manifest;
  std::vector<ImageRow> rows;           ///< of the manifest, whose `images` are moved here
  std::optional<StoreContents> before;  ///< the store, where one stands
};

/// The input of a manifest that was read, with the masks and the store as they are.
/// Error{bad_input} without a column of images, or where masks or store are not what they should.
[[nodiscard]] EmbedInput make_embed_input(const EmbedSettings& settings, Manifest manifest);

/// Embeds what is not yet done, over threads or the ranks of `session`, and makes the store.
/// Collective, as run_study(). Finished images are kept in STORE.part until then. Returns this
/// rank's exit code.
[[nodiscard]] int run_embed(mpi::Session& session, fleet::Launch launch,
                            ReadEarly<EmbedInput> input, const EmbedSettings& settings,
                            const RunControl& control);

}  // namespace crossfold
