#include "aligned_pair.h"

#include <algorithm>
#include <cmath>

#include <opencv2/calib3d.hpp>
#include <opencv2/features2d.hpp>
#include <opencv2/imgproc.hpp>

namespace crossfold {
namespace {

constexpr int kSide = 256;
constexpr int kFeatures = 350;
constexpr float kRatio = 0.8F;       // Lowe's test
constexpr double kReprojection = 3;  // pixels
constexpr int kLeastMatches = 8;
constexpr double kBlur = 3;
/// Films are cropped and rescaled, perhaps unevenly, but not sheared or turned far.
constexpr double kMostStretch = 2;
constexpr double kMostTurn = 0.35;

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

void find_features(ImageDetail& image) {
  const cv::Ptr<cv::SIFT> sift = cv::SIFT::create(kFeatures, 3, 0.02);
  std::vector<cv::KeyPoint> points;
  sift->detectAndCompute(image.gray, cv::noArray(), points, image.descriptors);
  cv::KeyPoint::convert(points, image.points);
  for (int row = 0; row < image.descriptors.rows; ++row) {
    const cv::Mat descriptor = image.descriptors.row(row);
    const double length = cv::norm(descriptor);
    if (length > 0) descriptor *= 1 / length;
  }
}

struct Matches {
  std::vector<cv::Point2f> from;
  std::vector<cv::Point2f> to;
};

/// Lowe's ratio test on distances; descriptors have length 1, so |x - y|^2 = 2 - 2 x y.
Matches match(const ImageDetail& a, const ImageDetail& b) {
  Matches matches;
  if (a.descriptors.rows < 2 || b.descriptors.rows < 2) return matches;
  cv::Mat products;
  cv::gemm(a.descriptors, b.descriptors, 1, cv::noArray(), 0, products, cv::GEMM_2_T);
  for (int i = 0; i < products.rows; ++i) {
    const float* const row = products.ptr<float>(i);
    float best = -1;
    float second = -1;
    int where = 0;
    for (int j = 0; j < products.cols; ++j) {
      if (row[j] > best) {
        second = best;
        best = row[j];
        where = j;
      } else if (row[j] > second) {
        second = row[j];
      }
    }
    const float near = std::max(2 - 2 * best, 0.0F);
    const float next = std::max(2 - 2 * second, 0.0F);
    if (near >= kRatio * kRatio * next) continue;
    matches.from.push_back(a.points[static_cast<std::size_t>(i)]);
    matches.to.push_back(b.points[static_cast<std::size_t>(where)]);
  }
  return matches;
}

bool is_plausible(const cv::Mat& map) {
  const double xx = map.at<double>(0, 0);
  const double xy = map.at<double>(0, 1);
  const double yx = map.at<double>(1, 0);
  const double yy = map.at<double>(1, 1);
  const auto fits = [](double stretch) {
    return stretch > 1 / kMostStretch && stretch < kMostStretch;
  };
  return fits(xx) && fits(yy) && std::abs(xy) < kMostTurn * yy && std::abs(yx) < kMostTurn * xx;
}

Alignment compare(const ImageDetail& a, const ImageDetail& b, const cv::Mat& map) {
  cv::Mat moved;
  cv::warpAffine(a.detail, moved, map, b.detail.size(), cv::INTER_LINEAR);
  cv::Mat covered;
  cv::warpAffine(cv::Mat(a.gray.size(), CV_8UC1, cv::Scalar(255)), covered, map, b.gray.size(),
                 cv::INTER_NEAREST);
  const int count = cv::countNonZero(covered);
  Alignment alignment;
  if (count < kSide) return alignment;
  const double scale = std::abs(cv::determinant(map.colRange(0, 2)));
  const double smaller =
      std::min(static_cast<double>(b.gray.total()), static_cast<double>(a.gray.total()) * scale);
  alignment.overlap = std::min(count / smaller, 1.0);
  cv::Mat mean;
  cv::Mat spread_a;
  cv::Mat spread_b;
  cv::meanStdDev(moved, mean, spread_a, covered);
  const double mean_a = mean.at<double>(0);
  cv::meanStdDev(b.detail, mean, spread_b, covered);
  const double mean_b = mean.at<double>(0);
  const double spread = spread_a.at<double>(0) * spread_b.at<double>(0);
  const double product = cv::mean(moved.mul(b.detail), covered)[0];
  alignment.score = spread > 0 ? (product - mean_a * mean_b) / spread : 0;
  return alignment;
}

}  // namespace

ImageDetail image_detail(const GrayImage& image) {
  const cv::Mat from(image.height, image.width, CV_8UC1,
                     const_cast<std::uint8_t*>(image.pixels.data()));  // only read from
  const double scale = static_cast<double>(kSide) / std::max(image.width, image.height);
  const cv::Size size(std::max(static_cast<int>(std::lround(image.width * scale)), 1),
                      std::max(static_cast<int>(std::lround(image.height * scale)), 1));
  ImageDetail result;
  cv::resize(from, result.gray, size, 0, 0, scale < 1 ? cv::INTER_AREA : cv::INTER_LINEAR);
  cv::equalizeHist(result.gray, result.gray);
  result.detail = local_detail(result.gray);
  find_features(result);
  return result;
}

ImageDetail mirrored_detail(const ImageDetail& detail) {
  ImageDetail result;
  cv::flip(detail.gray, result.gray, 1);
  cv::flip(detail.detail, result.detail, 1);
  find_features(result);
  return result;
}

std::optional<Alignment> align(const ImageDetail& a, const ImageDetail& b) {
  const Matches matches = match(a, b);
  if (matches.from.size() < kLeastMatches) return std::nullopt;
  std::vector<std::uint8_t> inliers;
  const cv::Mat map = cv::estimateAffine2D(matches.from, matches.to, inliers, cv::RANSAC,
                                           kReprojection, 2000, 0.995);
  if (map.empty() || !is_plausible(map)) return std::nullopt;
  Alignment alignment = compare(a, b, map);
  alignment.inliers = cv::countNonZero(inliers);
  return alignment;
}

}  // namespace crossfold
