#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/imaging/extractor.h"
#include "crossfold/imaging/image_rows.h"
#include "crossfold/imaging/preprocess.h"
#include "crossfold/store/store.h"

namespace crossfold {

/// What became of one image: numbers, or why there are none.
struct EmbeddedImage {
  /// Names the work: the recipe, what is in the image's file and, where it is used, in its mask's.
  Digest key;
  Digest image;                        ///< SHA-256 of the image's file
  std::vector<float> numbers;          ///< set by set, [sets * dim]; empty for a bad image
  std::optional<std::string> problem;  ///< what makes it a bad one, without its path
  std::optional<std::string> image_oddity = {};  ///< it was used and shows nothing
  std::optional<std::string> mask_oddity = {};   ///< its lung mask was used and is unlikely
};

/// Turns images into numbers: decodes each once, then preprocesses it and extracts from it once per
/// preprocessing. The numbers depend on the image, its mask and the recipe alone.
class ImageEmbedder {
 public:
  /// Makes a set "<extractor>/<preprocessing>" per preprocessing (preprocess.h), each named once;
  /// `folder` is what the rows' paths are relative to, and `extractor` must outlive the embedder.
  /// Error{usage} lists every error in the preprocessings.
  ImageEmbedder(std::filesystem::path folder, const Extractor& extractor,
                const std::vector<std::string>& preprocessings);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// Name, dim, the extractor's identity, the preprocessing, and as extractor_hash one over all
  /// that makes the numbers: extractor, its weights and the steps in their order. No rows yet.
  [[nodiscard]] const std::vector<EmbeddingInfo>& sets() const { return sets_; }
  /// How many numbers an image becomes: sets * dim.
  [[nodiscard]] std::size_t numbers() const { return sets_.size() * extractor_->dim(); }
  /// Over all that makes the numbers of all sets.
  [[nodiscard]] const Digest& recipe() const { return recipe_; }

  /// EmbeddedImage::key as of now; nothing where a file cannot be read.
  [[nodiscard]] std::optional<Digest> key_of(const ImageRow& row) const;
  /// EmbeddedImage::image as of now, likewise.
  [[nodiscard]] std::optional<Digest> image_of(const ImageRow& row) const;
  /// Names the files of a row, whatever is in them.
  [[nodiscard]] std::uint64_t place_of(const ImageRow& row) const;
  /// Thread-safe. An image that cannot be used is a value, and so is one with a number that is not
  /// finite; what is thrown is not the image's fault. Masks are read when a preprocessing needs
  /// them.
  [[nodiscard]] EmbeddedImage embed(const ImageRow& row) const;

 private:
  /// The bytes of a row's files, as far as they are used.
  struct Files {
    std::string image;
    std::optional<std::string> mask = {};
  };
  [[nodiscard]] Files read_files(const ImageRow& row) const;
  [[nodiscard]] Digest key_for(const Digest& image, const Files& files) const;
  [[nodiscard]] MaskedImage decode(const ImageRow& row, const Files& files,
                                   EmbeddedImage& image) const;
  void extract(MaskedImage pixels, EmbeddedImage& image) const;

  std::filesystem::path folder_;
  const Extractor* extractor_;
  std::vector<Preprocessing> preprocessings_;
  std::vector<EmbeddingInfo> sets_;
  Digest recipe_;
  bool needs_mask_;
};

/// ImageEmbedder::image_of of each, on `threads` (>= 1) threads.
[[nodiscard]] std::vector<std::optional<Digest>> image_hashes(const ImageEmbedder& embedder,
                                                              std::span<const ImageRow> rows,
                                                              int threads);

/// Embeds `rows` on `threads` (>= 1) threads, started in their order; each thread holds one image
/// at a time. `take` gets each image on the thread that made it, the images of several threads at
/// once. Once `cancel` is true no further image is started. What is thrown stops the rest and comes
/// out.
void embed_images(const ImageEmbedder& embedder, std::span<const ImageRow> rows, int threads,
                  const std::function<void(std::size_t row, EmbeddedImage image)>& take,
                  const std::atomic<bool>* cancel = nullptr);

}  // namespace crossfold
