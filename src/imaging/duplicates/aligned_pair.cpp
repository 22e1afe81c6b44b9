#include "aligned_pair.h"

#include <algorithm>
#include <cmath>

#include <opencv2/calib3d.hpp>
#include <opencv2/imgproc.hpp>

namespace crossfold {
namespace {

constexpr int kComparedSide = 256;
constexpr double kReprojection = 3;  // pixels
constexpr int kLeastMatches = 4;     // three make any map fit
constexpr double kBlur = 3;
/// Films are cropped and rescaled, perhaps unevenly, but not sheared or turned far.
constexpr double kMostStretch = 2;
constexpr double kMostShear = 0.35;

cv::Mat local_detail(const cv::Mat& gray) {
  cv::Mat values;
  gray.convertTo(values, CV_32F);
  cv::Mat smooth;
  cv::GaussianBlur(values, smooth, {}, kBlur);
  const cv::Mat fine = values - smooth;
  cv::Mat size;
  cv::GaussianBlur(fine.mul(fine), size, {}, 2 * kBlur);
  cv::sqrt(size, size);
  return fine / (size + 2);
}

bool is_plausible(const cv::Mat& map) {
  const double xx = map.at<double>(0, 0);
  const double xy = map.at<double>(0, 1);
  const double yx = map.at<double>(1, 0);
  const double yy = map.at<double>(1, 1);
  const auto fits = [](double stretch) {
    return stretch > 1 / kMostStretch && stretch < kMostStretch;
  };
  return fits(xx) && fits(yy) && std::abs(xy) < kMostShear * yy && std::abs(yx) < kMostShear * xx;
}

/// `map` takes places of a to places of b.
Alignment compare(const cv::Mat& a, const cv::Mat& b, const cv::Mat& map) {
  cv::Mat moved;
  cv::warpAffine(local_detail(a), moved, map, b.size(), cv::INTER_LINEAR);
  const cv::Mat still = local_detail(b);
  cv::Mat covered;
  cv::warpAffine(cv::Mat(a.size(), CV_8UC1, cv::Scalar(255)), covered, map, b.size(),
                 cv::INTER_NEAREST);
  const int count = cv::countNonZero(covered);
  Alignment alignment;
  if (count < kComparedSide) return alignment;
  const double scale = std::abs(cv::determinant(map.colRange(0, 2)));
  const double smaller =
      std::min(static_cast<double>(b.total()), static_cast<double>(a.total()) * scale);
  alignment.overlap = std::min(count / smaller, 1.0);
  cv::Mat mean;
  cv::Mat spread_a;
  cv::Mat spread_b;
  cv::meanStdDev(moved, mean, spread_a, covered);
  const double mean_a = mean.at<double>(0);
  cv::meanStdDev(still, mean, spread_b, covered);
  const double mean_b = mean.at<double>(0);
  const double spread = spread_a.at<double>(0) * spread_b.at<double>(0);
  const double product = cv::mean(moved.mul(still), covered)[0];
  alignment.score = spread > 0 ? (product - mean_a * mean_b) / spread : 0;
  return alignment;
}

/// `from` and `to` are matching places of a and b.
std::optional<Alignment> align_one_way(const cv::Mat& a, const cv::Mat& b,
                                       const std::vector<cv::Point2f>& from,
                                       const std::vector<cv::Point2f>& to, int least_inliers) {
  if (from.size() < static_cast<std::size_t>(std::max(least_inliers, kLeastMatches)))
    return std::nullopt;
  std::vector<std::uint8_t> inliers;
  const cv::Mat map =
      cv::estimateAffine2D(from, to, inliers, cv::RANSAC, kReprojection, 2000, 0.995);
  const int count = cv::countNonZero(inliers);
  if (map.empty() || count < least_inliers || !is_plausible(map)) return std::nullopt;
  Alignment alignment = compare(a, b, map);
  alignment.inliers = count;
  return alignment;
}

}  // namespace

AlignableImage alignable_image(const GrayImage& image) {
  const cv::Mat from(image.height, image.width, CV_8UC1,
                     const_cast<std::uint8_t*>(image.pixels.data()));  // only read from
  const double scale = static_cast<double>(kComparedSide) / std::max(image.width, image.height);
  const cv::Size size(std::max(static_cast<int>(std::lround(image.width * scale)), 1),
                      std::max(static_cast<int>(std::lround(image.height * scale)), 1));
  AlignableImage result;
  cv::resize(from, result.gray, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::equalizeHist(result.gray, result.gray);
  result.features = local_features(result.gray);
  return result;
}

AlignableImage mirrored(const AlignableImage& image) {
  AlignableImage result;
  cv::flip(image.gray, result.gray, 1);
  result.features = mirrored(image.features, image.gray.cols);
  return result;
}

std::optional<Alignment> align(const AlignableImage& a, const AlignableImage& b,
                               int least_inliers) {
  const MatchesBothWays matches = match_features(a.features, b.features);
  const std::optional<Alignment> there =
      align_one_way(a.gray, b.gray, matches.from_a.a, matches.from_a.b, least_inliers);
  const std::optional<Alignment> back =
      align_one_way(b.gray, a.gray, matches.from_b.b, matches.from_b.a, least_inliers);
  if (!there || !back) return there ? there : back;
  return there->score >= back->score ? there : back;
}

}  // namespace crossfold
