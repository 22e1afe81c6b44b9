#include "crossfold/imaging/decode.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <opencv2/imgcodecs.hpp>

#include "core/damage.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::encode_jpeg;
using test::encode_png;
using test::error_of;
using test::pattern;
using test::png_file;
using testing::Each;

constexpr int kSide = kMinImageSide;

/// 16 equal rows.
std::vector<std::string> rows_of(const std::string& row) {
  return std::vector<std::string>(kSide, row);
}
/// One pixel 16 times.
std::string repeat(const std::string& pixel) {
  std::string row;
  for (int i = 0; i < kSide; ++i) row += pixel;
  return row;
}
GrayImage decode_rows(test::PngKind kind, const std::string& row, const std::string& extra = {}) {
  return decode_gray(png_file(kSide, kind, rows_of(row), extra), "a.png");
}

TEST(DecodeGray, ReadsTheExactPixelsOfAGrayPng) {
  const GrayImage image = pattern(61, 47);
  EXPECT_EQ(decode_gray(encode_png(image), "a.png"), image);
}

TEST(DecodeGray, ReadsFewBitsAsFullRange) {
  const GrayImage image = decode_rows({.bits = 1, .colour_type = 0}, "\xaa\xaa");
  ASSERT_EQ(image.width, kSide);
  for (int x = 0; x < kSide; ++x) EXPECT_EQ(image.at(x, 3), x % 2 == 0 ? 255 : 0);
}

TEST(DecodeGray, WeighsColours) {
  const test::PngKind rgb{.bits = 8, .colour_type = 2};
  EXPECT_THAT(decode_rows(rgb, repeat(std::string("\xff\0\0", 3))).pixels, Each(76));   // 76.245
  EXPECT_THAT(decode_rows(rgb, repeat(std::string("\0\xff\0", 3))).pixels, Each(150));  // 149.685
  EXPECT_THAT(decode_rows(rgb, repeat(std::string("\0\0\xff", 3))).pixels, Each(29));   // 29.07
  EXPECT_THAT(decode_rows(rgb, repeat("\x64\x64\x64")).pixels, Each(100));
}

TEST(DecodeGray, ReadsPalettes) {
  const std::string palette = test::png_chunk("PLTE", std::string("\0\0\0\xff\0\0\x64\x64\x64", 9));
  const test::PngKind kind{.bits = 8, .colour_type = 3};
  EXPECT_THAT(decode_rows(kind, repeat("\1"), palette).pixels, Each(76));
  EXPECT_THAT(decode_rows(kind, repeat("\2"), palette).pixels, Each(100));
}

TEST(DecodeGray, IgnoresAlpha) {
  EXPECT_THAT(decode_rows({.bits = 8, .colour_type = 4}, repeat(std::string("\x50\0", 2))).pixels,
              Each(0x50));
  EXPECT_THAT(decode_rows({.bits = 8, .colour_type = 6}, repeat("\x50\x50\x50\x80")).pixels,
              Each(0x50));
}

TEST(DecodeGray, IgnoresATransparentColour) {
  const std::string transparent = test::png_chunk("tRNS", std::string("\0\x50", 2));
  EXPECT_THAT(decode_rows({.bits = 8, .colour_type = 0}, repeat("\x50"), transparent).pixels,
              Each(0x50));
}

TEST(DecodeGray, Scales16BitsFromTheirOwnRange) {
  // 1000, 1256 and 2020: 0, 256 / 1020 * 255 = 64 and 255; 1002: 0.5, rounded up.
  std::vector<std::string> rows = rows_of(repeat("\x03\xe8"));
  rows[1].replace(0, 6, "\x04\xe8\x07\xe4\x03\xea", 6);
  const GrayImage image = decode_gray(png_file(kSide, {.bits = 16, .colour_type = 0}, rows), "a");
  EXPECT_EQ(image.at(0, 0), 0);
  EXPECT_EQ(image.at(0, 1), 64);
  EXPECT_EQ(image.at(1, 1), 255);
  EXPECT_EQ(image.at(2, 1), 1);
}

/// Rows of 16-bit samples, `spread` times the 8-bit values of an image; with alpha where asked for.
std::string png_of_16_bits(const GrayImage& image, unsigned spread, int colour_type = 0) {
  const int colours = colour_type == 2 || colour_type == 6 ? 3 : 1;
  std::vector<std::string> rows;
  const auto add = [&](unsigned value) {
    rows.back() += static_cast<char>(value >> 8);
    rows.back() += static_cast<char>(value & 0xff);
  };
  for (int y = 0; y < image.height; ++y) {
    rows.emplace_back();
    for (int x = 0; x < image.width; ++x) {
      for (int c = 0; c < colours; ++c) add(spread * static_cast<unsigned>(image.at(x, y)));
      if (colour_type >= 4) add(static_cast<unsigned>(1000 + x));
    }
  }
  return png_file(image.width, {.bits = 16, .colour_type = colour_type}, rows);
}

TEST(DecodeGray, Gives16BitsThatHold8WhatThe8BitFileGives) {
  GrayImage dark = pattern(40, 30);  // with a range of its own that must not be stretched
  for (std::uint8_t& pixel : dark.pixels) pixel = static_cast<std::uint8_t>(20 + pixel / 4);
  for (const GrayImage& image : {pattern(40, 30), dark})
    for (const unsigned spread : {1U, 256U, 257U})
      for (const int colour_type : {0, 2, 4, 6})
        EXPECT_EQ(decode_gray(png_of_16_bits(image, spread, colour_type), "a.png"), image)
            << spread << " colour type " << colour_type;
  const GrayImage stretched = decode_gray(png_of_16_bits(dark, 255U), "a.png");
  EXPECT_EQ(*std::min_element(stretched.pixels.begin(), stretched.pixels.end()), 0);
  EXPECT_EQ(*std::max_element(stretched.pixels.begin(), stretched.pixels.end()), 255);
}

TEST(DecodeGray, Weighs16BitColoursThatHold8AsThe8BitFile) {
  std::string small;
  std::string wide;
  for (int x = 0; x < kSide; ++x)
    for (const int value : {x * 15, 255 - x * 9, x * 3}) {
      small += static_cast<char>(value);
      wide += std::string(2, static_cast<char>(value));
    }
  EXPECT_EQ(decode_rows({.bits = 16, .colour_type = 2}, wide),
            decode_rows({.bits = 8, .colour_type = 2}, small));
}

TEST(DecodeGray, MakesOneGrayOf16BitsBlack) {
  EXPECT_THAT(decode_rows({.bits = 16, .colour_type = 0}, repeat("\x12\x34")).pixels, Each(0));
}

TEST(DecodeGray, Scales16BitColoursAfterWeighing) {
  std::vector<std::string> rows = rows_of(repeat(std::string(6, '\0')));
  rows[0].replace(0, 6, "\x40\x02\x40\x02\x40\x02", 6);
  rows[0].replace(6, 6, "\x20\x01\x20\x01\x20\x01", 6);
  const GrayImage image = decode_gray(png_file(kSide, {.bits = 16, .colour_type = 2}, rows), "a");
  EXPECT_EQ(image.at(0, 0), 255);
  EXPECT_EQ(image.at(1, 0), 128);
  EXPECT_EQ(image.at(2, 0), 0);
}

TEST(DecodeGray, ReadsJpegsOfEveryUsualKind) {
  const GrayImage smooth = [] {
    GrayImage image{48, 32, {}};
    for (int i = 0; i < 48 * 32; ++i)
      image.pixels.push_back(static_cast<std::uint8_t>(i % 48 * 3 + i / 48 * 2));
    return image;
  }();
  const std::vector<std::vector<int>> kinds = {
      {}, {cv::IMWRITE_JPEG_PROGRESSIVE, 1}, {cv::IMWRITE_JPEG_RST_INTERVAL, 2}};
  for (const std::vector<int>& kind : kinds) {
    const GrayImage read = decode_gray(encode_jpeg(smooth, kind), "a.jpg");
    ASSERT_EQ(read.width, 48);
    ASSERT_EQ(read.height, 32);
    for (std::size_t i = 0; i < read.pixels.size(); ++i)
      ASSERT_NEAR(read.pixels[i], smooth.pixels[i], 4) << i;
  }
}

TEST(DecodeGray, TurnsNothing) {
  const std::string plain = encode_jpeg(pattern(48, 32));
  // An APP1 segment with a TIFF header and the one tag Orientation = 6 (turned by 90 degrees).
  const std::string tiff("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0", 26);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  const std::string exif = std::string("\xff\xe1\0", 3) + static_cast<char>(body.size() + 2) + body;
  EXPECT_EQ(decode_gray(plain.substr(0, 2) + exif + plain.substr(2), "turned.jpg"),
            decode_gray(plain, "plain.jpg"));
}

TEST(DecodeGray, PassesOverWhatFollowsTheImage) {
  const GrayImage image = pattern(40, 30);
  EXPECT_EQ(decode_gray(encode_png(image) + "trailing bytes", "a.png"), image);
  const std::string jpeg = encode_jpeg(image);
  EXPECT_EQ(decode_gray(jpeg + jpeg.substr(0, 50), "a.jpg"), decode_gray(jpeg, "a.jpg"));
}

TEST(DecodeGray, SaysNothingOnStderrAboutOddButWholeFiles) {
  const std::string profile = test::png_chunk("iCCP", std::string("broken\0\0nonsense", 16));
  testing::internal::CaptureStderr();
  const GrayImage image = decode_rows({.bits = 8, .colour_type = 0}, repeat("\x50"), profile);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_THAT(image.pixels, Each(0x50));
}

TEST(DecodeGray, NamesWhatIsNoImage) {
  EXPECT_STREQ(error_of([] { (void)decode_gray("", "e.png"); }).what(),
               "e.png: empty file (an image was expected). fetch or make the file again, or leave "
               "it out");
  EXPECT_STREQ(error_of([] { (void)decode_gray("GIF89a..", "g.png"); }).what(),
               "g.png: neither PNG, JPEG nor DICOM (it begins with 47 49 46 38 39 61 2e 2e; PNG "
               "begins with 89 50 4e 47, JPEG with ff d8 ff, DICOM has DICM behind 128 bytes). "
               "convert it to PNG");
}

TEST(DecodeGray, NamesWhatStandsInAnImagesPlace) {
  const std::string pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\n";
  EXPECT_STREQ(error_of([&] { (void)decode_gray(pointer, "a.png"); }).what(),
               "a.png: no image but a pointer of Git LFS (the file itself was not fetched, as `git "
               "lfs pull` does). fetch the image itself, or leave it out");
  for (const char* page : {"<!DOCTYPE html><html>", "<html><body>403 Forbidden</body></html>",
                           "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code>"})
    EXPECT_STREQ(error_of([&] { (void)decode_gray(page, "a.jpg"); }).what(),
                 "a.jpg: no image but a page of a web server (an error or a login in place of the "
                 "file). fetch the image itself, or leave it out");
}

TEST(DecodeGray, RefusesSizesOutOfBounds) {
  EXPECT_STREQ(error_of([] { (void)decode_gray(encode_png(pattern(200, 15)), "s.png"); }).what(),
               "s.png: too small (200 x 15 pixels; each side needs at least 16). leave it out");
  EXPECT_EQ(decode_gray(encode_png(pattern(16, 16)), "ok.png").width, 16);
  const std::string huge = std::string("\x89PNG\r\n\x1a\n", 8) + test::png_header(65536, 65536, {});
  EXPECT_STREQ(error_of([&] { (void)decode_gray(huge, "h.png"); }).what(),
               "h.png: too large (65536 x 65536 pixels; at most 67108864 in all are read). make it "
               "smaller");
}

TEST(ReadGrayImage, GoesByTheFirstBytesNotTheName) {
  const test::TemporaryFolder folder;
  const GrayImage image = pattern(30, 40);
  EXPECT_EQ(read_gray_image(folder.write("png.jpg", encode_png(image))), image);
}

TEST(ReadGrayImage, NamesFilesThatCannotBeRead) {
  const test::TemporaryFolder folder;
  const Error missing = error_of([&] { (void)read_gray_image(folder.path() / "no.png"); });
  EXPECT_EQ(missing.code(), ErrorCode::io);
  EXPECT_EQ(missing.where(), (folder.path() / "no.png").string());
  EXPECT_EQ(missing.message(),
            "no such file (the image is missing). check the path and the folder it is relative to");
  const std::string special = "not an ordinary file (a folder, pipe or device). name an image file";
  EXPECT_EQ(error_of([&] { (void)read_gray_image(folder.path()); }).message(), special);
  const std::filesystem::path pipe = folder.path() / "pipe.png";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(error_of([&] { (void)read_gray_image(pipe); }).message(), special);
}

TEST(DecodeGray, SurvivesDamageOfAnyKind) {
  const test::PngKind palette{.bits = 8, .colour_type = 3};
  const std::vector<std::string> images = {
      encode_png(pattern(61, 47)), encode_jpeg(pattern(61, 47)),
      encode_jpeg(pattern(61, 47), {cv::IMWRITE_JPEG_PROGRESSIVE, 1}),
      png_file(kSide, palette, rows_of(repeat(std::string(1, 2))),
               test::png_chunk("PLTE", std::string(9, 'd')))};
  std::mt19937 random(4);
  std::size_t refused = 0;
  for (const std::string& sound : images) {
    ASSERT_NO_THROW((void)decode_gray(sound, "sound"));
    for (int i = 0; i < test::damage_rounds(250); ++i) {
      const std::string damaged = test::wound(test::wound(sound, random) + " ", random);
      try {
        (void)decode_gray(damaged, "damaged");
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 500U);
}

}  // namespace
}  // namespace crossfold
