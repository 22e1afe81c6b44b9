// How damaged JPEG files are told, through decode_gray.
#include <algorithm>
#include <cstddef>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "crossfold/imaging/decode.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::encode_jpeg;
using test::error_of;
using test::pattern;

const std::string kStart("\xff\xd8", 2);
const std::string kEnd("\xff\xd9", 2);

std::string segment(int marker, const std::string& body) {
  const auto size = body.size() + 2;
  return std::string("\xff") + static_cast<char>(marker) + static_cast<char>(size >> 8) +
         static_cast<char>(size & 0xff) + body;
}

/// One component; 20 x 20 pixels.
std::string frame_header(int marker, char bits = 8) {
  return segment(marker, bits + std::string("\0\x14\0\x14\x01\x01\x11\0", 8));
}
std::string scan() { return segment(0xda, std::string("\x01\x01\0\0\x3f\0", 6)) + "pixels"; }

std::string message_of(const std::string& bytes) {
  return error_of([&] { (void)decode_gray(bytes, "a.jpg"); }).what();
}

std::string damaged(const std::string& problem) {
  return "a.jpg: damaged JPEG (" + problem + "). fetch or make the file again, or leave it out";
}

TEST(JpegStructure, NamesWhereAFileEnds) {
  const std::string file = kStart + frame_header(0xc0) + scan() + kEnd;
  EXPECT_EQ(message_of(file.substr(0, file.size() - 2)),
            damaged("the file ends at byte 31 without an EOI marker"));
  EXPECT_EQ(message_of(file.substr(0, 10)),
            damaged("the file ends at byte 10 without an EOI marker"));
}

TEST(JpegStructure, NamesMarkersThatDoNotBelong) {
  EXPECT_EQ(message_of(kStart + frame_header(0xc0) + "xx" + kEnd), damaged("no marker at byte 15"));
  EXPECT_EQ(message_of(kStart + kStart + kEnd), damaged("unexpected marker ffd8 at byte 2"));
  EXPECT_EQ(message_of(kStart + std::string("\xff\xdb\0\1", 4) + kEnd),
            damaged("marker ffdb at byte 2 has no length"));
  EXPECT_EQ(message_of(kStart + scan() + kEnd),
            damaged("a scan at byte 2 before the frame header"));
  EXPECT_EQ(message_of(kStart + frame_header(0xc0) + frame_header(0xc0) + kEnd),
            damaged("a second frame header at byte 15"));
  EXPECT_EQ(message_of(kStart + segment(0xc0, std::string("\x08\0\x14\0\x14\3", 6)) + kEnd),
            damaged("the frame header at byte 2 has a wrong length"));
  EXPECT_EQ(message_of(kStart + frame_header(0xc0) + kEnd),
            damaged("it has no scan, so no pixels"));
}

TEST(JpegStructure, NamesRestartMarkersOutOfOrder) {
  const std::string head = kStart + frame_header(0xc0);
  EXPECT_EQ(message_of(head + scan() + std::string("\xff\xd0..") + kEnd),
            damaged("restart marker ffd0 at byte 31 out of order"));
  const std::string interval = segment(0xdd, std::string("\0\4", 2));
  EXPECT_EQ(message_of(head + interval + scan() + std::string("\xff\xd0..\xff\xd2..") + kEnd),
            damaged("restart marker ffd2 at byte 41 out of order"));
}

TEST(JpegStructure, BoundsTheNumberOfScans) {
  std::string file = kStart + frame_header(0xc2);
  for (int i = 0; i < 201; ++i) file += scan();
  EXPECT_EQ(message_of(file + kEnd), damaged("it has more than 200 scans"));
}

TEST(JpegStructure, NamesKindsThatAreNotRead) {
  EXPECT_EQ(message_of(kStart + frame_header(0xc3)),
            "a.jpg: a JPEG of a rare kind (frame header ffc3; baseline, extended and progressive "
            "Huffman ones are read). convert it to PNG");
  EXPECT_EQ(message_of(kStart + frame_header(0xc1, 12)),
            "a.jpg: a JPEG of 12 bits (only 8 bits are read). convert it to PNG of 16 bits");
}

TEST(JpegStructure, NamesPixelsThatCannotBeDecoded) {
  EXPECT_EQ(message_of(kStart + frame_header(0xc0) + scan() + kEnd),  // no tables
            damaged("Quantization table 0x00 was not defined"));
}

const std::vector<std::vector<int>> kKinds = {
    {}, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}, {cv::IMWRITE_JPEG_RST_INTERVAL, 3}};

TEST(JpegStructure, FindsEveryTruncationAndStaysSilent) {
  testing::internal::CaptureStderr();
  for (const std::vector<int>& kind : kKinds) {
    const std::string file = encode_jpeg(pattern(64, 48), kind);
    for (std::size_t size = 0; size < file.size(); ++size) {
      const Error error = error_of([&] { (void)decode_gray(file.substr(0, size), "a.jpg"); });
      ASSERT_EQ(error.code(), ErrorCode::bad_input) << size;
    }
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(JpegStructure, FindsALostTail) {
  for (const std::vector<int>& kind : kKinds) {
    std::string file = encode_jpeg(pattern(64, 48), kind);
    std::fill(file.begin() + static_cast<std::ptrdiff_t>(file.size() / 2), file.end(), '\0');
    EXPECT_THAT(message_of(file), testing::HasSubstr("without an EOI marker"));
  }
}

TEST(JpegStructure, SurvivesEveryChangedByte) {
  testing::internal::CaptureStderr();  // the JPEG library may warn of what only it can see
  int refused = 0;
  for (const std::vector<int>& kind : kKinds) {
    const std::string file = encode_jpeg(pattern(64, 48), kind);
    for (std::size_t at = 0; at < file.size(); ++at) {
      std::string changed = file;
      changed[at] ^= static_cast<char>(1 << at % 8);
      try {
        const GrayImage image = decode_gray(changed, "a.jpg");
        ASSERT_EQ(image.pixels.size(),
                  static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height));
      } catch (const Error& error) {
        ASSERT_EQ(error.code(), ErrorCode::bad_input) << error.what();
        ++refused;
      }
    }
  }
  (void)testing::internal::GetCapturedStderr();
  EXPECT_GT(refused, 100);
}

}  // namespace
}  // namespace crossfold
