#include "rigid_motion.h"

#include <opencv2/imgproc.hpp>

namespace crossfold {

RigidMotion random_rigid_motion(RandomStream& random) {
  constexpr double kDegrees = 10;
  constexpr double kShift = 0.06;
  RigidMotion motion;
  motion.degrees = random.uniform(-kDegrees, kDegrees);
  motion.shift_x = random.uniform(-kShift, kShift);
  motion.shift_y = random.uniform(-kShift, kShift);
  return motion;
}

GrayImage moved(const GrayImage& image, const RigidMotion& motion, Border border) {
  const cv::Mat from(image.height, image.width, CV_8UC1,
                     const_cast<std::uint8_t*>(image.pixels.data()));  // only read from
  const cv::Point2f middle(static_cast<float>(image.width - 1) / 2.0F,
                           static_cast<float>(image.height - 1) / 2.0F);
  cv::Mat matrix = cv::getRotationMatrix2D(middle, motion.degrees, 1);
  matrix.at<double>(0, 2) += motion.shift_x * image.width;
  matrix.at<double>(1, 2) += motion.shift_y * image.height;
  GrayImage to{image.width, image.height, std::vector<std::uint8_t>(image.pixels.size())};
  cv::Mat view(to.height, to.width, CV_8UC1, to.pixels.data());
  cv::warpAffine(from, view, matrix, view.size(), cv::INTER_LINEAR,
                 border == Border::edge ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT);
  return to;
}

}  // namespace crossfold
