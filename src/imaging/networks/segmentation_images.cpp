#include "segmentation_images.h"

#include <algorithm>
#include <vector>

#include <opencv2/imgproc.hpp>

#include "area_means.h"

namespace crossfold {
namespace {

/// Area means, 0 to 1.
torch::Tensor resampled(const GrayImage& image, int side) {
  const std::vector<std::uint64_t> sums = area_sums(image.pixels, image.width, image.height, side);
  const double most = 255.0 * image.width * image.height;
  torch::Tensor values = torch::empty({1, side, side});
  std::transform(sums.begin(), sums.end(), values.data_ptr<float>(), [&](std::uint64_t sum) {
    return static_cast<float>(static_cast<double>(sum) / most);
  });
  return values;
}

}  // namespace

torch::Tensor network_image(const GrayImage& image, int side) {
  const torch::Tensor values = resampled(image, side);
  const float spread = values.std(/*unbiased=*/false).item<float>();
  if (!(spread > 1e-6F)) return torch::zeros_like(values);
  return (values - values.mean()) / spread;
}

torch::Tensor network_mask(const GrayImage& mask, int side) { return resampled(mask, side); }

GrayImage mask_from_network(const torch::Tensor& probabilities, int width, int height) {
  const torch::Tensor values = probabilities.to(torch::kFloat).contiguous();
  const cv::Mat small(static_cast<int>(values.size(0)), static_cast<int>(values.size(1)), CV_32FC1,
                      values.data_ptr<float>());
  cv::Mat large;
  cv::resize(small, large, {width, height}, 0, 0, cv::INTER_LINEAR);
  GrayImage mask{width, height, {}};
  mask.pixels.resize(large.total());
  std::transform(large.begin<float>(), large.end<float>(), mask.pixels.begin(),
                 [](float p) { return static_cast<std::uint8_t>(p >= 0.5F ? 255 : 0); });
  return mask;
}

}  // namespace crossfold
