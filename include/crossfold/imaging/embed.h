#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/data/store.h"
#include "crossfold/imaging/extractor.h"

namespace crossfold {

/// One row of a manifest, as far as images go.
struct ImageRow {
  std::string id;              ///< the sample's name
  std::filesystem::path path;  ///< relative to the manifest's folder, or absolute
  std::optional<std::filesystem::path> mask = {};  ///< its lung mask, likewise
};

/// What to do with images that cannot be read.
enum class BadImages {
  fail,  ///< look at all images, then throw one Error that lists the bad ones
  skip,  ///< leave their rows out and report them
};

struct EmbedOptions {
  std::vector<std::string> preprocessings = {"raw"};  ///< names (preprocess.h), each once
  int threads = 1;                                    ///< >= 1; each holds one image at a time
  BadImages bad_images = BadImages::fail;
  /// Numbers of finished images are kept here, so that work that was killed goes on where it
  /// stopped: an image whose file (size and time) and recipe are the same is not done again.
  std::optional<std::filesystem::path> journal = {};
  /// Called on the caller's thread when images are done (the bad ones count too), the last time
  /// with done = of. What it throws stops the work and comes out of embed_images.
  std::function<void(std::size_t done, std::size_t of)> progress = {};
};

struct BadImage {
  std::size_t row = 0;  ///< in the rows given
  std::string id;
  std::filesystem::path path;  ///< as given
  std::string reason;          ///< without the path
};

struct Embedded {
  std::vector<std::size_t> rows;   ///< rows of the input that the sets hold, ascending
  std::vector<EmbeddingSet> sets;  ///< one per preprocessing, in their order; [rows.size(), dim]
  std::vector<BadImage> bad;       ///< by row
  /// Images that are in the sets, but whose lung mask was used and is unlikely (mask_oddity).
  std::vector<BadImage> odd_masks;
};

/// Makes an embedding set "<extractor>/<preprocessing>" per preprocessing. Every image is read and
/// decoded once. The numbers do not depend on the number of threads. `info` carries name, rows,
/// dim, the extractor's identity, the preprocessing, and as extractor_hash one over all that makes
/// the numbers: extractor, its weights and the steps in their order; the content hash is left to
/// write_store. Masks are read when a preprocessing needs them.
///
/// Error{bad_input} naming every bad image (id, path, reason) with BadImages::fail, or when none
/// can be read; also for unknown or repeated preprocessings and for no rows. A number that is not
/// finite makes its image a bad one.
[[nodiscard]] Embedded embed_images(const std::filesystem::path& folder,
                                    std::span<const ImageRow> rows, const Extractor& extractor,
                                    const EmbedOptions& options);

}  // namespace crossfold
