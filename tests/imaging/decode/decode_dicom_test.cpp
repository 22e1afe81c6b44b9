#include <algorithm>
#include <cmath>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/dicom_header.h"

#include "core/damage.h"
#include "imaging/dicom_files.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::DicomRecipe;
using test::error_of;

/// Every value of `bits` once in a while, in no simple order.
std::vector<int> mixed_values(const DicomRecipe& recipe) {
  std::vector<int> values;
  for (int i = 0; i < recipe.width * recipe.height; ++i)
    values.push_back((i * 2657 + i / 7) % (1 << recipe.bits_stored));
  values[0] = 0;
  values[1] = (1 << recipe.bits_stored) - 1;
  return values;
}

class DecodeDicom : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::have_dicom_tools()) GTEST_SKIP() << "DCMTK's programs are not installed";
  }
  [[nodiscard]] std::filesystem::path write(const DicomRecipe& recipe) const {
    return test::write_dicom(folder_.path(), "image.dcm", recipe);
  }
  /// The message for a file, its path cut off.
  [[nodiscard]] std::string problem_of(const DicomRecipe& recipe) const {
    const std::filesystem::path path = write(recipe);
    return error_of([&] { (void)read_gray_image(path); }).message();
  }
  /// Compares each pixel with `expected(value)`.
  static void expect_grays(const std::filesystem::path& path, const DicomRecipe& recipe,
                           const std::function<double(int)>& expected) {
    const GrayImage image = read_gray_image(path);
    ASSERT_EQ(image.width, recipe.width);
    ASSERT_EQ(image.height, recipe.height);
    for (std::size_t i = 0; i < recipe.values.size(); ++i)
      ASSERT_EQ(image.pixels[i], std::floor(expected(recipe.values[i]) + 0.5)) << i;
  }

  test::TemporaryFolder folder_;
};

DicomRecipe recipe_of(int allocated, int stored, const std::vector<std::string>& lines = {}) {
  DicomRecipe recipe{
      .bits_allocated = allocated, .bits_stored = stored, .values = {}, .lines = lines};
  recipe.values = mixed_values(recipe);
  return recipe;
}

std::vector<std::string> window(const std::string& center, const std::string& width) {
  return {"(0028,1050) DS [" + center + "]", "(0028,1051) DS [" + width + "]"};
}

TEST_F(DecodeDicom, EightBitsWithoutAWindowStayAsTheyAre) {
  const DicomRecipe recipe = recipe_of(8, 8);
  expect_grays(write(recipe), recipe, [](int value) { return value; });
}

TEST_F(DecodeDicom, MoreBitsWithoutAWindowSpanTheirOwnRange) {
  DicomRecipe recipe = recipe_of(16, 16);
  for (int& value : recipe.values) value = 1000 + value % 3000;
  recipe.values[0] = 1000;
  recipe.values[1] = 3999;
  expect_grays(write(recipe), recipe, [](int value) { return (value - 1000) * 255.0 / 2999; });
}

TEST_F(DecodeDicom, AWindowOverAllOfTwelveBitsIsAPlainScale) {
  const DicomRecipe recipe = recipe_of(16, 12, window("2048", "4096"));
  expect_grays(write(recipe), recipe, [](int value) { return value * 255.0 / 4095; });
}

TEST_F(DecodeDicom, WhatLiesOutsideOfTheWindowIsBlackOrWhite) {
  // PS3.3 C.11.2.1.2.1: black to 1000 - 0.5 - 99.5, white above 1000 - 0.5 + 99.5.
  const DicomRecipe recipe = recipe_of(16, 12, window("1000", "200"));
  expect_grays(write(recipe), recipe, [](int value) {
    return value <= 900 ? 0 : value > 1099 ? 255 : ((value - 999.5) / 199 + 0.5) * 255;
  });
}

TEST_F(DecodeDicom, OfSeveralWindowsTheFirstCounts) {
  const DicomRecipe recipe = recipe_of(16, 12, window("2048\\100", "4096\\10"));
  expect_grays(write(recipe), recipe, [](int value) { return value * 255.0 / 4095; });
}

TEST_F(DecodeDicom, Monochrome1IsInverted) {
  DicomRecipe recipe = recipe_of(16, 12, window("2048", "4096"));
  recipe.photometric = "MONOCHROME1";
  expect_grays(write(recipe), recipe,
               [](int value) { return 255 - std::floor(value * 255.0 / 4095 + 0.5); });
  recipe = recipe_of(8, 8);
  recipe.photometric = "MONOCHROME1";
  expect_grays(write(recipe), recipe, [](int value) { return 255 - value; });
}

TEST_F(DecodeDicom, TheWindowIsInRescaledUnits) {
  std::vector<std::string> lines = window("1024", "8191");
  lines.insert(lines.end(), {"(0028,1052) DS [-1024]", "(0028,1053) DS [2]"});
  const DicomRecipe recipe = recipe_of(16, 12, lines);
  expect_grays(write(recipe), recipe, [](int value) {
    const double units = 2.0 * value - 1024;
    return units <= -3071.5 ? 0 : units > 5118.5 ? 255 : ((units - 1023.5) / 8190 + 0.5) * 255;
  });
}

TEST_F(DecodeDicom, SignedValuesKeepTheirSign) {
  DicomRecipe recipe = recipe_of(16, 16, window("0.5", "2001"));
  recipe.pixel_representation = 1;
  for (int& value : recipe.values) value = value % 3001 - 1500;
  expect_grays(write(recipe), recipe, [](int value) {
    return value <= -1000 ? 0 : value > 1000 ? 255 : (value / 2000.0 + 0.5) * 255;
  });
}

TEST_F(DecodeDicom, OtherShapesOfWindowsFollowTheStandard) {
  std::vector<std::string> lines = window("2000", "1000");
  lines.emplace_back("(0028,1056) CS [LINEAR_EXACT]");
  DicomRecipe recipe = recipe_of(16, 12, lines);
  expect_grays(write(recipe), recipe,
               [](int value) { return std::clamp((value - 2000) / 1000.0 + 0.5, 0.0, 1.0) * 255; });
  recipe.lines.back() = "(0028,1056) CS [SIGMOID]";
  expect_grays(write(recipe), recipe,
               [](int value) { return 255 / (1 + std::exp(-4 * (value - 2000) / 1000.0)); });
}

TEST_F(DecodeDicom, LosslessCompressionChangesNothing) {
  const DicomRecipe recipe = recipe_of(16, 12, window("2048", "4096"));
  const std::string plain = write(recipe).string();
  const std::string compressed = (folder_.path() / "compressed.dcm").string();
  struct Way {
    const char* program;
    std::vector<std::string> options;
  };
  for (const Way& way : {Way{"dcmcjpeg", {"+e1"}}, Way{"dcmcjpeg", {"+el"}}, Way{"dcmcjpls", {}},
                         Way{"dcmcrle", {}}, Way{"dcmconv", {"+ti"}}, Way{"dcmconv", {"+tb"}}}) {
    std::vector<std::string> arguments = way.options;
    arguments.insert(arguments.end(), {plain, compressed});
    test::run_dicom_tool(way.program, arguments);
    SCOPED_TRACE(way.program + std::string(way.options.empty() ? "" : " " + way.options[0]));
    expect_grays(compressed, recipe, [](int value) { return value * 255.0 / 4095; });
  }
}

TEST_F(DecodeDicom, BaselineJpegComesClose) {
  DicomRecipe recipe{.bits_allocated = 8, .bits_stored = 8, .values = {}};
  for (int i = 0; i < recipe.width * recipe.height; ++i)
    recipe.values.push_back(i % recipe.width * 3 + i / recipe.width * 2);
  const std::string plain = write(recipe).string();
  const std::string compressed = (folder_.path() / "compressed.dcm").string();
  test::run_dicom_tool("dcmcjpeg", {"+eb", plain, compressed});
  const GrayImage image = read_gray_image(compressed);
  // The program adds a window (its --use-... defaults do), so allow for that and for the loss.
  for (std::size_t i = 0; i < recipe.values.size(); ++i)
    ASSERT_NEAR(image.pixels[i], recipe.values[i], 8) << i;
}

TEST_F(DecodeDicom, AgreesWithDcmtksOwnRendering) {
  for (const char* photometric : {"MONOCHROME1", "MONOCHROME2"}) {
    DicomRecipe recipe = recipe_of(16, 12, window("1500", "2200"));
    recipe.photometric = photometric;
    const std::filesystem::path path = write(recipe);
    const std::filesystem::path pgm = folder_.path() / "image.pgm";
    test::run_dicom_tool("dcm2pnm", {"+Wi", "1", "+op", path.string(), pgm.string()});
    std::ifstream file(pgm, std::ios::binary);
    std::string magic;
    int width = 0;
    int height = 0;
    int most = 0;
    file >> magic >> width >> height >> most;
    ASSERT_EQ(magic, "P5");
    ASSERT_EQ(most, 255);
    file.get();
    const GrayImage image = read_gray_image(path);
    for (const std::uint8_t pixel : image.pixels) ASSERT_NEAR(pixel, file.get(), 1);
  }
}

TEST_F(DecodeDicom, NamesWhatCannotBeRead) {
  DicomRecipe recipe = recipe_of(8, 8);
  recipe.values.resize(1000);
  EXPECT_EQ(problem_of(recipe),
            "damaged DICOM (1000 bytes of pixels where 48 x 40 need 1920). fetch or make the file "
            "again, or leave it out");
  recipe = recipe_of(8, 8);
  recipe.height = 15;
  recipe.values.resize(48 * 15);
  EXPECT_EQ(problem_of(recipe),
            "too small (48 x 15 pixels; each side needs at least 16). leave it out");
}

TEST_F(DecodeDicom, NamesAFileWithoutPixels) {
  const DicomRecipe recipe = recipe_of(8, 8);
  const std::filesystem::path path = write(recipe);
  test::run_dicom_tool("dcmodify", {"-q", "-nb", "-ea", "(7fe0,0010)", path.string()});
  EXPECT_EQ(error_of([&] { (void)read_gray_image(path); }).message(),
            "a DICOM file without pixels (SecondaryCaptureImageStorage). leave it out");
}

TEST_F(DecodeDicom, NeverTakesACutFileForAnImage) {
  const DicomRecipe recipe = recipe_of(16, 12, window("2048", "4096"));
  const std::string plain = write(recipe).string();
  const std::string compressed = (folder_.path() / "compressed.dcm").string();
  test::run_dicom_tool("dcmcjpeg", {"+e1", plain, compressed});
  for (const std::string& path : {plain, compressed}) {
    const std::string bytes = read_file(path, 1 << 20);
    for (std::size_t size = 0; size + 2 < bytes.size(); size += 13)
      EXPECT_EQ(error_of([&] { (void)decode_gray(bytes.substr(0, size), "cut.dcm"); }).code(),
                ErrorCode::bad_input)
          << path << " cut to " << size << " of " << bytes.size();
  }
}

TEST_F(DecodeDicom, SurvivesDamageOfAnyKind) {
  const DicomRecipe recipe = recipe_of(16, 12, window("2048", "4096"));
  const std::string plain = write(recipe).string();
  const std::string compressed = (folder_.path() / "compressed.dcm").string();
  test::run_dicom_tool("dcmcjpeg", {"+e1", plain, compressed});
  RandomStream random({.root_seed = 1}, "test-damage");
  std::size_t refused = 0;
  for (const std::string& path : {plain, compressed}) {
    const std::string sound = read_file(path, 1 << 20);
    for (int i = 0; i < test::damage_rounds(1000); ++i) {
      std::string bytes = sound;
      // Mostly the header, where a byte decides more than a pixel.
      const std::size_t span = random.below(4) == 0 ? bytes.size() : 1200;
      for (std::uint64_t n = 1 + random.below(3); n > 0; --n)
        bytes[132 + random.below(std::min(span, bytes.size() - 132))] =
            static_cast<char>(random.next_u32());
      try {
        (void)decode_gray(bytes, "damaged.dcm");
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100U);
}

TEST_F(DecodeDicom, HeadersTellViewSexAndAge) {
  const DicomRecipe recipe =
      recipe_of(8, 8, {"(0010,0040) CS [F]", "(0010,1010) AS [051Y]", "(0018,5101) CS [AP]"});
  const DicomHeader header = read_dicom_header(write(recipe));
  EXPECT_EQ(header.view, "AP");
  EXPECT_EQ(header.sex, "F");
  EXPECT_EQ(header.age, "051Y");
  const std::filesystem::path text = folder_.write("text.dcm", "no DICOM at all");
  EXPECT_EQ(
      error_of([&] { (void)read_dicom_header(text); }).message(),
      "no DICOM file (it has no DICM behind its first 128 bytes). convert it, or leave it out");
  const std::filesystem::path gone = folder_.path() / "gone.dcm";
  EXPECT_EQ(error_of([&] { (void)read_dicom_header(gone); }).message(),
            "cannot be opened. check the path and its rights");
}

}  // namespace
}  // namespace crossfold
