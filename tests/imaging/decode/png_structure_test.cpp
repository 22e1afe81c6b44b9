// How damaged PNG files are told, through decode_gray.
#include <cstddef>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/imaging/decode.h"

#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::error_of;
using test::png_chunk;
using test::png_header;
using test::png_pixels;

const std::string kSignature("\x89PNG\r\n\x1a\n", 8);
const std::string kEnd = png_chunk("IEND", "");
const std::vector<std::string> kRows(20, std::string(20, '\x70'));

std::string header() { return png_header(20, 20, {}); }

std::string message_of(const std::string& bytes) {
  return error_of([&] { (void)decode_gray(bytes, "a.png"); }).what();
}

std::string damaged(const std::string& problem) {
  return "a.png: damaged PNG (" + problem + "). fetch or make the file again, or leave it out";
}

TEST(PngStructure, NamesWhereAFileEnds) {
  const std::string file = kSignature + header() + png_pixels(kRows) + kEnd;
  EXPECT_EQ(message_of(file.substr(0, file.size() - 12)),
            damaged("the file ends at byte 476 without an IEND chunk"));
  EXPECT_EQ(message_of(file.substr(0, 36)), damaged("the file ends at byte 36, in a chunk's head"));
  EXPECT_EQ(message_of(file.substr(0, 100)),
            damaged("the file ends at byte 100, in the IDAT chunk that begins at byte 33"));
}

TEST(PngStructure, NamesAWrongChecksum) {
  std::string file = kSignature + header() + png_pixels(kRows) + kEnd;
  file[200] ^= 1;
  EXPECT_EQ(message_of(file), damaged("wrong checksum in the IDAT chunk at byte 33"));
}

TEST(PngStructure, NamesChunksThatDoNotBelong) {
  EXPECT_EQ(message_of(kSignature + png_pixels(kRows) + kEnd),
            damaged("its first chunk is not a header (IHDR) of 13 bytes"));
  EXPECT_EQ(message_of(kSignature + png_chunk("IHDR", "short") + kEnd),
            damaged("its first chunk is not a header (IHDR) of 13 bytes"));
  EXPECT_EQ(message_of(kSignature + header() + png_chunk("CgBI", "") + png_pixels(kRows) + kEnd),
            damaged("unexpected CgBI chunk at byte 33"));
  EXPECT_EQ(message_of(kSignature + header() + std::string(20, '\0') + kEnd),
            damaged("no chunk begins at byte 33"));
  EXPECT_EQ(message_of(kSignature + header() + kEnd),
            damaged("it has no IDAT chunk, so no pixels"));
}

TEST(PngStructure, NamesPixelFormatsThatAreNone) {
  for (const test::PngKind kind : {test::PngKind{.bits = 7, .colour_type = 0},
                                   {.bits = 16, .colour_type = 3},
                                   {.bits = 4, .colour_type = 2},
                                   {.bits = 8, .colour_type = 5}})
    EXPECT_EQ(message_of(kSignature + png_header(20, 20, kind) + png_pixels(kRows) + kEnd),
              damaged("its header names a pixel format that PNG has not"));
}

TEST(PngStructure, NamesPixelsThatCannotBeDecoded) {
  const std::string problem = damaged("its pixels cannot be decoded");
  EXPECT_EQ(message_of(kSignature + header() + png_chunk("IDAT", "nonsense") + kEnd), problem);
  const std::vector<std::string> too_few(10, std::string(20, '\x70'));
  EXPECT_EQ(message_of(kSignature + header() + png_pixels(too_few) + kEnd), problem);
}

TEST(PngStructure, FindsEveryTruncationAndStaysSilent) {
  const std::string file = test::encode_png(test::pattern(64, 48));
  testing::internal::CaptureStderr();
  for (std::size_t size = 0; size < file.size(); ++size) {
    const Error error = error_of([&] { (void)decode_gray(file.substr(0, size), "a.png"); });
    ASSERT_EQ(error.code(), ErrorCode::bad_input) << size;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(PngStructure, FindsEveryChangedByteAndStaysSilent) {
  const std::string file = test::encode_png(test::pattern(64, 48));
  testing::internal::CaptureStderr();
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] ^= static_cast<char>(1 << at % 8);
    const Error error = error_of([&] { (void)decode_gray(changed, "a.png"); });
    ASSERT_EQ(error.code(), ErrorCode::bad_input) << at;
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace crossfold
