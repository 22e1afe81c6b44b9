#include "imaging/planted_copies.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "imaging/test_images.h"

namespace crossfold::test {
namespace {

/// Where a window of `share` of `size` pixels begins, and how many it has.
cv::Range cut(int size, double share, RandomStream& random) {
  const int kept = std::max(static_cast<int>(std::lround(size * share)), 1);
  const auto begin = static_cast<int>(random.below(static_cast<std::uint64_t>(size - kept) + 1));
  return {begin, begin + kept};
}

cv::Mat with_gamma(const cv::Mat& image, double gamma) {
  cv::Mat table(1, 256, CV_8UC1);
  for (int gray = 0; gray < 256; ++gray)
    table.at<std::uint8_t>(0, gray) =
        static_cast<std::uint8_t>(std::lround(255 * std::pow(gray / 255.0, gamma)));
  cv::Mat result;
  cv::LUT(image, table, result);
  return result;
}

GrayImage gray_image(const cv::Mat& image) {
  const cv::Mat rows = image.clone();  // without gaps between them
  return {rows.cols, rows.rows, {rows.datastart, rows.dataend}};
}

}  // namespace

PlantedCopy planted_copy(const GrayImage& film, RandomStream& random) {
  const cv::Mat whole(film.height, film.width, CV_8UC1,
                      const_cast<std::uint8_t*>(film.pixels.data()));  // only read from
  cv::Mat image = whole.clone();
  PlantedCopy copy;
  while (copy.how.empty()) {
    if (random.uniform() < 0.7) {
      const double width = random.uniform(0.8, 1);
      const double height = random.uniform(0.8, 1);
      const cv::Range columns = cut(image.cols, width, random);
      image = image(cut(image.rows, height, random), columns).clone();
      copy.how += fmt::format(" cut to {:.2f} x {:.2f}", width, height);
    }
    if (random.uniform() < 0.7) {
      const double scale = random.uniform(0.6, 1.6);
      cv::Mat scaled;
      cv::resize(image, scaled, {}, scale, scale, scale < 1 ? cv::INTER_AREA : cv::INTER_CUBIC);
      image = scaled;
      copy.how += fmt::format(" scaled by {:.2f}", scale);
    }
    if (random.uniform() < 0.5) {
      cv::Mat mirrored;
      cv::flip(image, mirrored, 1);
      image = mirrored;
      copy.how += " mirrored";
    }
    if (random.uniform() < 0.7) {
      const double gamma = std::exp2(random.uniform(-1, 1));
      image = with_gamma(image, gamma);
      copy.how += fmt::format(" gamma {:.2f}", gamma);
    }
    if (random.uniform() < 0.7) {
      const int quality = 40 + static_cast<int>(random.below(56));
      copy.file = encode_jpeg(gray_image(image), {cv::IMWRITE_JPEG_QUALITY, quality});
      copy.how += fmt::format(" JPEG {}", quality);
    }
  }
  if (copy.file.empty()) copy.file = encode_png(gray_image(image));
  return copy;
}

}  // namespace crossfold::test
