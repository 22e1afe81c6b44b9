#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/fleet/work.h"
#include "crossfold/imaging/embed.h"
#include "crossfold/imaging/image_rows.h"

namespace crossfold {

/// An image to embed. As bytes it needs no manifest on the rank that does it: the paths are in
/// them, the sample's name is not.
struct RowToEmbed {
  std::size_t row = 0;  ///< of the manifest
  ImageRow image;
};

/// What became of it.
struct RowEmbedded {
  std::size_t row = 0;
  EmbeddedImage image;
};

[[nodiscard]] std::string encode_rows(std::span<const RowToEmbed> rows);
[[nodiscard]] std::vector<RowToEmbed> decode_rows(std::string_view bytes);
[[nodiscard]] std::string encode_images(std::span<const RowEmbedded> images);
[[nodiscard]] std::vector<RowEmbedded> decode_images(std::string_view bytes);

/// Who is to share the images.
struct Sharers {
  std::size_t workers = 1;
  std::size_t threads = 1;  ///< of a worker, which take a block's images in turn
};

/// The missing rows in blocks of neighbours, each a work item that costs its number of images: at
/// most 32 for each thread, and fewer towards the end, so that no worker is long at a block where
/// the others have nothing left, but one for each thread.
[[nodiscard]] std::vector<fleet::WorkItem> image_blocks(std::span<const ImageRow> rows,
                                                        std::span<const std::size_t> missing,
                                                        const Sharers& sharers);

/// Embeds the images of an item. A bad image is a result; what else is thrown fails the item.
class ImageRunner final : public fleet::Runner {
 public:
  /// `embedder` must outlive it; `threads` as embed_images.
  ImageRunner(const ImageEmbedder& embedder, int threads)
      : embedder_(&embedder), threads_(threads) {}

  [[nodiscard]] fleet::Outcome run(const fleet::WorkItem& item,
                                   const std::atomic<bool>& cancel) override;

 private:
  const ImageEmbedder* embedder_;
  int threads_;
};

}  // namespace crossfold
