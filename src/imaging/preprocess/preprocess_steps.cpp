#include "preprocess_steps.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <opencv2/imgproc.hpp>

#include "crossfold/core/error.h"

#include "lung_box.h"

namespace crossfold {
namespace {

/// Radii are given for images of this longer side.
constexpr double kRadiusSide = 256;

cv::Mat view_of(GrayImage& image) {
  return {image.height, image.width, CV_8UC1, image.pixels.data()};
}

GrayImage cut(GrayImage& image, const cv::Rect& box) {
  GrayImage part{box.width, box.height,
                 std::vector<std::uint8_t>(static_cast<std::size_t>(box.area()))};
  view_of(image)(box).copyTo(view_of(part));
  return part;
}

class Equalize final : public PreprocessStep {
 public:
  [[nodiscard]] MaskedImage apply(MaskedImage image) const override {
    const cv::Mat view = view_of(image.image);
    cv::equalizeHist(view, view);
    return image;
  }
};

class ApplyMask final : public PreprocessStep {
 public:
  explicit ApplyMask(double radius) : radius_(radius) {}

  [[nodiscard]] bool needs_mask() const override { return true; }
  [[nodiscard]] MaskedImage apply(MaskedImage image) const override {
    GrayImage weights = image.mask.value();
    const double sigma = radius_ * std::max(weights.width, weights.height) / kRadiusSide;
    if (sigma > 0) {
      const cv::Mat view = view_of(weights);
      cv::GaussianBlur(view, view, {}, sigma, sigma, cv::BORDER_REPLICATE);
    }
    std::transform(image.image.pixels.begin(), image.image.pixels.end(), weights.pixels.begin(),
                   image.image.pixels.begin(), [](unsigned gray, unsigned weight) {
                     return static_cast<std::uint8_t>((gray * weight + 127) / 255);
                   });
    return image;
  }

 private:
  double radius_;
};

class CropToLungs final : public PreprocessStep {
 public:
  explicit CropToLungs(double margin_percent) : margin_(margin_percent / 100) {}

  [[nodiscard]] bool needs_mask() const override { return true; }
  [[nodiscard]] MaskedImage apply(MaskedImage image) const override {
    const LungBox box = lung_box(image.mask.value(), margin_);
    const cv::Rect rect(box.left, box.top, box.width, box.height);
    return {cut(image.image, rect), cut(*image.mask, rect)};
  }

 private:
  double margin_;
};

class Normalize final : public PreprocessStep {
 public:
  [[nodiscard]] MaskedImage apply(MaskedImage image) const override {
    std::vector<std::uint8_t>& pixels = image.image.pixels;
    const auto [low, high] = std::minmax_element(pixels.begin(), pixels.end());
    const unsigned minimum = *low;
    const unsigned range = std::max(*high - minimum, 1U);
    for (std::uint8_t& pixel : pixels)
      pixel = static_cast<std::uint8_t>(((pixel - minimum) * 255U + range / 2) / range);
    return image;
  }
};

template <class Step>
std::unique_ptr<const PreprocessStep> make(double) {
  return std::make_unique<Step>();
}
template <class Step>
std::unique_ptr<const PreprocessStep> make_with(double number) {
  return std::make_unique<Step>(number);
}

constexpr std::array kKinds = {
    StepKind{"equalized", std::nullopt, &make<Equalize>},
    StepKind{"masked", StepNumber{0, 64, 0}, &make_with<ApplyMask>},
    StepKind{"lung-crop", StepNumber{0, 100, 5}, &make_with<CropToLungs>},
    StepKind{"normalized", std::nullopt, &make<Normalize>}};

}  // namespace

std::span<const StepKind> step_kinds() { return kKinds; }

}  // namespace crossfold
