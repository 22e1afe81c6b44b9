#include "jpeg_pixels.h"

#include <cstdio>
#include <cstdlib>
#include <jpeglib.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "crossfold/imaging/decode.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;
using testing::HasSubstr;

/// What decode_gray prints to stderr, which must be nothing.
std::string noise_of(const std::string& bytes) {
  testing::internal::CaptureStderr();
  try {
    (void)decode_gray(bytes, "a.jpg");
  } catch (const Error&) {
  }
  return testing::internal::GetCapturedStderr();
}

std::size_t scan_begin(const std::string& jpeg) { return jpeg.find("\xff\xda") + 10; }

std::string colour_jpeg(const std::vector<int>& settings) {
  cv::Mat image(33, 47, CV_8UC3);
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x)
      image.at<cv::Vec3b>(y, x) = cv::Vec3b(static_cast<uchar>(5 * x), static_cast<uchar>(7 * y),
                                            static_cast<uchar>(3 * x + 2 * y));
  std::vector<uchar> bytes;
  EXPECT_TRUE(cv::imencode(".jpg", image, bytes, settings));
  return {bytes.begin(), bytes.end()};
}

/// OpenCV's own picture of it.
std::vector<std::uint8_t> grays_by_opencv(const std::string& bytes) {
  const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<char*>(bytes.data()));
  const cv::Mat image = cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  cv::Mat gray = image;
  if (image.channels() == 3) cv::cvtColor(image, gray, cv::COLOR_BGR2GRAY);
  return {gray.begin<uchar>(), gray.end<uchar>()};
}

/// Four inks a pixel, as printers' programs write them.
std::string cmyk_jpeg() {
  jpeg_compress_struct encoder;
  jpeg_error_mgr errors;
  encoder.err = jpeg_std_error(&errors);
  jpeg_create_compress(&encoder);
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&encoder, &bytes, &size);
  encoder.image_width = encoder.image_height = 24;
  encoder.input_components = 4;
  encoder.in_color_space = JCS_CMYK;
  jpeg_set_defaults(&encoder);
  jpeg_start_compress(&encoder, TRUE);
  std::vector<JSAMPLE> row(24 * 4);
  for (int y = 0; y < 24; ++y) {
    for (int x = 0; x < 24 * 4; ++x)
      row[static_cast<std::size_t>(x)] = static_cast<JSAMPLE>(255 - x * 2 - y * (x % 4));
    JSAMPROW line = row.data();
    jpeg_write_scanlines(&encoder, &line, 1);
  }
  jpeg_finish_compress(&encoder);
  jpeg_destroy_compress(&encoder);
  std::string text(reinterpret_cast<char*>(bytes), size);
  std::free(bytes);
  return text;
}

TEST(JpegPixels, AreThoseOfOpenCv) {
  const GrayImage gray = test::pattern(61, 47);
  for (const std::string& bytes :
       {test::encode_jpeg(gray), test::encode_jpeg(gray, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
        test::encode_jpeg(gray, {cv::IMWRITE_JPEG_QUALITY, 40}),
        colour_jpeg({cv::IMWRITE_JPEG_QUALITY, 95}), colour_jpeg({cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
        cmyk_jpeg()})
    EXPECT_EQ(decode_gray(bytes, "a.jpg").pixels, grays_by_opencv(bytes));
}

TEST(JpegPixels, AreNeverMadeUpWhereTheDataEndsTooEarly) {
  const std::string whole = test::encode_jpeg(test::pattern(61, 47));
  const std::size_t begin = scan_begin(whole);
  for (const std::size_t kept : {std::size_t{10}, (whole.size() - begin) / 2}) {
    const std::string cut = whole.substr(0, begin + kept) + "\xff\xd9";
    EXPECT_STREQ(error_of([&] { (void)decode_gray(cut, "cut.jpg"); }).what(),
                 "cut.jpg: damaged JPEG (Corrupt JPEG data: premature end of data segment). fetch "
                 "or make the file again, or leave it out");
    EXPECT_EQ(noise_of(cut), "");
  }
}

TEST(JpegPixels, AreNeverMadeUpWhereBytesAreMissingInTheMiddle) {
  const std::string whole = test::encode_jpeg(test::pattern(61, 47));
  std::string damaged = whole;
  damaged.erase(damaged.find_first_not_of('\xff', scan_begin(whole) + 100), 200);
  EXPECT_THAT(error_of([&] { (void)decode_gray(damaged, "a.jpg"); }).message(),
              HasSubstr("damaged JPEG (Corrupt JPEG data: "));
  EXPECT_EQ(noise_of(damaged), "");
}

TEST(JpegPixels, MayBeFollowedByBytesTooMany) {
  const std::string whole = test::encode_jpeg(test::pattern(61, 47));
  const std::string padded =
      whole.substr(0, whole.size() - 2) + std::string(7, '\x33') + "\xff\xd9";
  EXPECT_EQ(decode_gray(padded, "a.jpg"), decode_gray(whole, "a.jpg"));
  EXPECT_EQ(noise_of(padded), "");
}

}  // namespace
}  // namespace crossfold
