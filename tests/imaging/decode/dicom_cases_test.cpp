// The recorded images of make_dicom_cases.py: what pydicom and numpy make of them is right.

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

const fs::path kFolder = fs::path(CROSSFOLD_TEST_DATA) / "dicom";

/// The grays of each picture, by the name of its file.
std::map<std::string, std::vector<std::uint8_t>> expected_grays() {
  const CsvTable table = parse_csv(read_file(kFolder / "expected.csv", 1 << 20), "expected.csv");
  std::map<std::string, std::vector<std::uint8_t>> all;
  for (const std::vector<std::string>& row : table.rows)
    for (std::size_t at = 0; at < row[1].size(); at += 2)
      all[row[0]].push_back(
          static_cast<std::uint8_t>(std::stoi(row[1].substr(at, 2), nullptr, 16)));
  return all;
}

TEST(DicomCases, AreThePicturesThatPydicomMakes) {
  const auto expected = expected_grays();
  EXPECT_GE(expected.size(), 80U);
  for (const auto& [name, grays] : expected) {
    SCOPED_TRACE(name);
    GrayImage image;
    ASSERT_NO_THROW(image = read_gray_image(kFolder / (name + ".dcm")));
    ASSERT_EQ(image.width, 16);
    ASSERT_EQ(image.height, 16);
    ASSERT_EQ(image.pixels.size(), grays.size());
    int largest = 0;
    for (std::size_t i = 0; i < grays.size(); ++i)
      largest = std::max(largest, std::abs(int{image.pixels[i]} - int{grays[i]}));
    EXPECT_LE(largest, 1);
  }
}

/// A rule that does nothing would pass where all pictures are alike.
TEST(DicomCases, AreDifferentPictures) {
  const auto expected = expected_grays();
  std::set<std::vector<std::uint8_t>> different;
  for (const auto& [name, grays] : expected) different.insert(grays);
  EXPECT_GE(different.size(), 50U);
}

TEST(DicomCases, EachFileHasItsPicture) {
  const auto expected = expected_grays();
  std::size_t files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(kFolder)) {
    if (entry.path().extension() != ".dcm") continue;
    ++files;
    EXPECT_TRUE(expected.contains(entry.path().stem().string())) << entry.path();
  }
  EXPECT_EQ(files, expected.size());
}

}  // namespace
}  // namespace crossfold
