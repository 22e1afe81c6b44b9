#include "crossfold/imaging/pixel_hashes.h"

#include "crossfold/core/error.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/image_oddity.h"

#include "row_workers.h"

namespace crossfold {

std::vector<PixelHash> pixel_hashes(std::span<const std::filesystem::path> images, int threads,
                                    const std::function<void(std::size_t, std::size_t)>& progress) {
  CF_EXPECT(threads >= 1);
  confine_opencv();
  std::vector<PixelHash> hashes(images.size());
  const auto hash_row = [&](std::size_t row) {
    try {
      const GrayImage image = read_gray_image(images[row]);
      if (const auto oddity = image_oddity(image)) {
        hashes[row].problem = *oddity;
        return;
      }
      hashes[row].digest = Hasher()
                               .number(static_cast<std::uint64_t>(image.width))
                               .number(static_cast<std::uint64_t>(image.height))
                               .values(std::span<const std::uint8_t>(image.pixels))
                               .finish();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
      hashes[row].problem = error.message();
    }
  };
  for_each_row(images.size(), threads, hash_row, progress);
  return hashes;
}

}  // namespace crossfold
