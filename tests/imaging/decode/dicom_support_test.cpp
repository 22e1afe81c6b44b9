// DICOM files that are whole and are not read: "not supported", why, and what to do; never
// "damaged".

#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"

#include "imaging/dicom_files.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::DicomRecipe;
using test::error_of;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

/// The recorded file `name` with one text in it changed for another of the same length.
std::string changed(const std::string& name, const std::string& from, const std::string& to) {
  EXPECT_EQ(from.size(), to.size());
  std::string bytes = read_file(fs::path(CROSSFOLD_TEST_DATA) / "dicom" / (name + ".dcm"), 1 << 20);
  const std::size_t at = bytes.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return bytes.replace(at, from.size(), to);
}

std::string problem_of(const std::string& bytes) {
  return error_of([&] { (void)decode_gray(bytes, "a.dcm"); }).message();
}

const std::string kRaw =
    "convert it to an uncompressed one, e.g. gdcmconv --raw IN.dcm OUT.dcm, or leave it out";

TEST(DicomSupport, NamesCompressionsThatAreNotRead) {
  const std::string lossless = "1.2.840.10008.1.2.4.70";
  const auto problem = [&](const std::string& uid) {
    return problem_of(changed("jpeg-lossless", lossless, uid));
  };
  EXPECT_EQ(problem("1.2.840.10008.1.2.4.90"),
            "DICOM compressed as JPEG 2000 (Lossless only) is not supported (transfer syntax "
            "1.2.840.10008.1.2.4.90). " +
                kRaw);
  EXPECT_THAT(problem("1.2.840.10008.1.2.4.91"),
              StartsWith("DICOM compressed as JPEG 2000 (Lossless or Lossy) is not supported ("));
  EXPECT_THAT(problem("1.2.840.10008.1.2.4.92"), HasSubstr(" is not supported (transfer syntax "));
}

TEST(DicomSupport, NamesATransferSyntaxThatIsNotKnown) {
  EXPECT_EQ(
      problem_of(changed("jpeg-lossless", "1.2.840.10008.1.2.4.70", "1.2.840.10008.1.2.4.6X")),
      "the DICOM transfer syntax 1.2.840.10008.1.2.4.6X is not supported (it is not known "
      "here). " +
          kRaw);
}

/// What stands behind the preamble and the file meta information, whose length its first element
/// tells.
std::string data_set_of(const std::string& name) {
  const std::string bytes =
      read_file(fs::path(CROSSFOLD_TEST_DATA) / "dicom" / (name + ".dcm"), 1 << 20);
  std::uint32_t meta_bytes = 0;
  std::memcpy(&meta_bytes, bytes.data() + 140, sizeof meta_bytes);
  return bytes.substr(144 + meta_bytes);
}

TEST(DicomSupport, NamesDataSetsWithoutPreamble) {
  for (const char* name : {"implicit", "mono2-identity"})
    EXPECT_EQ(problem_of(data_set_of(name)),
              "DICOM without its preamble and file meta information is not supported (it begins "
              "with the tag (0008,0016), and nothing says how its pixels are stored). write it as "
              "a file of the standard, e.g. dcmconv IN.dcm OUT.dcm, or leave it out")
        << name;
}

class DicomSupportMade : public testing::Test {
 protected:
  void SetUp() override {
    if (!test::have_dicom_tools()) GTEST_SKIP() << "DCMTK's programs are not installed";
    recipe_ = {.bits_allocated = 16, .bits_stored = 12, .values = {}, .lines = {}};
    for (int i = 0; i < recipe_.width * recipe_.height; ++i) recipe_.values.push_back(i % 4096);
  }
  /// The message for the recipe with further elements.
  [[nodiscard]] std::string problem_with(const std::vector<std::string>& lines) {
    recipe_.lines = lines;
    const fs::path path = test::write_dicom(folder_.path(), "image.dcm", recipe_);
    return error_of([&] { (void)read_gray_image(path); }).message();
  }

  test::TemporaryFolder folder_;
  DicomRecipe recipe_;
};

TEST_F(DicomSupportMade, NamesSeveralFrames) {
  EXPECT_EQ(problem_with({"(0028,0008) IS [3]"}),
            "a DICOM image of several frames is not supported (it has 3, and which one is meant is "
            "not known). write the one that is meant as a file of its own, e.g. dcmj2pnm +on +F 1 "
            "IN.dcm OUT.png, or leave it out");
  recipe_.lines = {"(0028,0008) IS [1]"};
  EXPECT_NO_THROW((void)read_gray_image(test::write_dicom(folder_.path(), "1.dcm", recipe_)));
}

TEST_F(DicomSupportMade, NamesColours) {
  recipe_.bits_allocated = recipe_.bits_stored = 8;
  for (const char* meaning : {"RGB", "YBR_FULL", "PALETTE COLOR", "YBR_FULL_422"}) {
    recipe_.photometric = meaning;
    EXPECT_EQ(problem_with({}),
              "a DICOM image in colour is not supported (photometric interpretation '" +
                  std::string(meaning) +
                  "'; MONOCHROME1 and MONOCHROME2 are read). make a PNG of it, e.g. dcmj2pnm +on "
                  "IN.dcm OUT.png, or leave it out");
  }
}

TEST_F(DicomSupportMade, NamesAnInterpretationThatIsUnknown) {
  for (const char* meaning : {"MONOCHROME3", "GRAY"}) {
    recipe_.photometric = meaning;
    EXPECT_EQ(problem_with({}),
              "the PhotometricInterpretation '" + std::string(meaning) +
                  "' is not supported (DICOM knows no such word; MONOCHROME1 and MONOCHROME2 are "
                  "read). look at the image and correct its header, e.g. with dcmodify, or leave "
                  "it out");
  }
}

TEST_F(DicomSupportMade, NamesWindowsThatTheStandardDoesNotAllow) {
  const std::string advice =
      "mend WindowWidth, or remove both numbers so that the image's own range counts, e.g. "
      "dcmodify -ea \"(0028,1050)\" -ea \"(0028,1051)\" FILE, or leave it out";
  const auto window = [](const std::string& width) {
    return std::vector<std::string>{"(0028,1050) DS [10]", "(0028,1051) DS [" + width + "]"};
  };
  for (const char* width : {"0", "0.5", "-3", "0.999"})
    EXPECT_EQ(problem_with(window(width)),
              "a window of width " + std::string(width) +
                  " at 10 is not supported (the standard asks for 1 or more; smaller ones need the "
                  "VOILUTFunction LINEAR_EXACT). " +
                  advice);
  for (const char* shape : {"LINEAR_EXACT", "SIGMOID"}) {
    std::vector<std::string> lines = window("0");
    lines.push_back("(0028,1056) CS [" + std::string(shape) + "]");
    EXPECT_EQ(problem_with(lines),
              "a window of width 0 at 10 is not supported (the standard asks for more than 0). " +
                  advice);
  }
  std::vector<std::string> lines = window("100");
  lines.emplace_back("(0028,1056) CS [CUBIC]");
  EXPECT_EQ(problem_with(lines),
            "the VOILUTFunction 'CUBIC' is not supported (LINEAR, LINEAR_EXACT and SIGMOID are "
            "read). mend it, or leave it out");
}

/// One number of a window is no window: the image's own range counts.
TEST_F(DicomSupportMade, TakesHalfAWindowForNone) {
  const auto pixels_with = [&](const std::vector<std::string>& lines) {
    recipe_.lines = lines;
    return read_gray_image(test::write_dicom(folder_.path(), "image.dcm", recipe_)).pixels;
  };
  const std::string center = "(0028,1050) DS [40]";
  const std::string width = "(0028,1051) DS [100]";
  const auto own = pixels_with({});
  EXPECT_EQ(pixels_with({center}), own);
  EXPECT_EQ(pixels_with({width}), own);
  EXPECT_NE(pixels_with({center, width}), own);
}

/// Likewise of a rescaling, which is its slope and its intercept (PS3.3 C.11.1).
TEST_F(DicomSupportMade, TakesHalfARescalingForNone) {
  const auto pixels_with = [&](std::vector<std::string> lines) {
    lines.insert(lines.begin(), {"(0028,1050) DS [2000]", "(0028,1051) DS [1000]"});
    recipe_.lines = lines;
    return read_gray_image(test::write_dicom(folder_.path(), "image.dcm", recipe_)).pixels;
  };
  const std::string intercept = "(0028,1052) DS [-300]";
  const std::string slope = "(0028,1053) DS [2]";
  const auto own = pixels_with({});
  EXPECT_EQ(pixels_with({intercept}), own);
  EXPECT_EQ(pixels_with({slope}), own);
  EXPECT_NE(pixels_with({intercept, slope}), own);
}

TEST_F(DicomSupportMade, NamesWhatIsExplainedElsewhere) {
  const auto sequence = [](const std::string& tag, const std::vector<std::string>& item) {
    std::vector<std::string> lines = {tag + " SQ (Sequence with undefined length)",
                                      "(fffe,e000) na (Item with undefined length)"};
    lines.insert(lines.end(), item.begin(), item.end());
    lines.insert(lines.end(), {"(fffe,e00d) na", "(fffe,e0dd) na"});
    return lines;
  };
  EXPECT_EQ(
      problem_with(sequence("(2050,0010)", {"(0028,3002) US 2\\0\\8", "(0028,3006) US 1\\2"})),
      "a presentation lookup table inside of an image is not supported (it is not applied). "
      "make a PNG of it with a viewer that applies it, or leave it out");
  for (const char* groups : {"(5200,9229)", "(5200,9230)"})
    EXPECT_EQ(
        problem_with(sequence(groups, {})),
        "an enhanced multi-frame DICOM object is not supported (its gray values are explained "
        "frame by frame). convert it to a classic one, or make a PNG of it, or leave it out");
}

TEST_F(DicomSupportMade, NamesAShapeThatContradictsTheInterpretation) {
  EXPECT_EQ(problem_with({"(2050,0020) CS [INVERSE]"}),
            "PresentationLUTShape 'INVERSE' is not supported (it contradicts the photometric "
            "interpretation, MONOCHROME2, where it must be IDENTITY). look at the image and mend "
            "the wrong one of the two, e.g. with dcmodify, or leave it out");
  recipe_.photometric = "MONOCHROME1";
  EXPECT_THAT(problem_with({"(2050,0020) CS [IDENTITY]"}),
              HasSubstr("MONOCHROME1, where it must be INVERSE"));
}

TEST_F(DicomSupportMade, NamesASlopeThatMakesAllPixelsOne) {
  EXPECT_EQ(problem_with({"(0028,1052) DS [0]", "(0028,1053) DS [0]"}),
            "a RescaleSlope of 0 is not supported (it makes all pixels one). mend it, or leave it "
            "out");
}

TEST_F(DicomSupportMade, NamesNumbersThatAreNone) {
  EXPECT_EQ(problem_with({"(0028,1050) DS [abc]", "(0028,1051) DS [100]"}),
            "damaged DICOM (its WindowCenter 'abc' is no number). fetch or make the file again, or "
            "leave it out");
}

TEST_F(DicomSupportMade, NamesTablesThatAreNone) {
  const auto table = [](const std::string& descriptor, const std::string& data) {
    return std::vector<std::string>{"(0028,3010) SQ (Sequence with undefined length)",
                                    "(fffe,e000) na (Item with undefined length)",
                                    "(0028,3002) US " + descriptor,
                                    "(0028,3006) US " + data,
                                    "(fffe,e00d) na",
                                    "(fffe,e0dd) na"};
  };
  EXPECT_EQ(problem_with(table("4\\0\\12", "1\\2\\3")),
            "damaged DICOM (a lookup table of 3 entries where its LUTDescriptor says 4). fetch or "
            "make the file again, or leave it out");
  EXPECT_EQ(problem_with(table("4\\0\\32", "1\\2\\3\\4")),
            "a lookup table of 32 bits is not supported (1 to 16 bits are read). mend its "
            "LUTDescriptor, or leave it out");
  EXPECT_EQ(problem_with(table("4\\0", "1\\2\\3\\4")),
            "damaged DICOM (a LUTDescriptor of 2 numbers, not 3). fetch or make the file again, or "
            "leave it out");
}

/// PS3.3 C.11.1.1.1: entries of 8 bits may stand two in a word.
TEST_F(DicomSupportMade, ReadsTablesOfPackedEntries) {
  for (int& value : recipe_.values) value %= 5;
  recipe_.lines = {"(0028,3010) SQ (Sequence with undefined length)",
                   "(fffe,e000) na (Item with undefined length)",
                   "(0028,3002) US 5\\0\\8",
                   "(0028,3006) OW 320a\\c864\\00ff",
                   "(fffe,e00d) na",
                   "(fffe,e0dd) na"};
  const GrayImage image = read_gray_image(test::write_dicom(folder_.path(), "image.dcm", recipe_));
  const std::vector<int> entries = {0x0a, 0x32, 0x64, 0xc8, 0xff};
  for (std::size_t i = 0; i < image.pixels.size(); ++i)
    ASSERT_EQ(image.pixels[i], entries[static_cast<std::size_t>(recipe_.values[i])]);
}

TEST_F(DicomSupportMade, NamesOtherPixels) {
  const fs::path path = test::write_dicom(folder_.path(), "image.dcm", recipe_);
  test::run_dicom_tool("dcmodify", {"-q", "-nb", "-m", "(0028,0100)=32", path.string()});
  EXPECT_EQ(
      error_of([&] { (void)read_gray_image(path); }).message(),
      "a DICOM image of 32 bits a sample is not supported (8 and 16 allocated bits are read). "
      "convert it, or leave it out");
}

TEST_F(DicomSupportMade, NamesWhatAFileWithoutPixelsIs) {
  const fs::path path = test::write_dicom(folder_.path(), "image.dcm", recipe_);
  test::run_dicom_tool("dcmodify", {"-q", "-nb", "-ea", "(7fe0,0010)", "-m",
                                    "(0008,0016)=1.2.840.10008.5.1.4.1.1.11.1", path.string()});
  EXPECT_EQ(
      error_of([&] { (void)read_gray_image(path); }).message(),
      "a DICOM file without pixels (GrayscaleSoftcopyPresentationStateStorage). leave it out");
}

}  // namespace
}  // namespace crossfold
