// `manifest rsna`: what the headers of the images say goes into the manifest, each into its column.

#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/verbs/told.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::string two_bytes(unsigned number) {
  return {static_cast<char>(number & 0xFFU), static_cast<char>(number >> 8U)};
}

/// An element of explicit little-endian DICOM; values have an even length.
std::string element(unsigned group, unsigned number, const std::string& kind, std::string value) {
  if (value.size() % 2 == 1) value += kind == "UI" ? '\0' : ' ';
  return two_bytes(group) + two_bytes(number) + kind +
         two_bytes(static_cast<unsigned>(value.size())) + value;
}

/// A file without pixels.
std::string dicom(const std::string& view, const std::string& sex, const std::string& age) {
  const std::string syntax = element(0x0002, 0x0010, "UI", "1.2.840.10008.1.2.1");
  const std::string length = two_bytes(static_cast<unsigned>(syntax.size())) + two_bytes(0);
  return std::string(128, '\0') + "DICM" + element(0x0002, 0x0000, "UL", length) + syntax +
         element(0x0010, 0x0040, "CS", sex) + element(0x0010, 0x1010, "AS", age) +
         element(0x0018, 0x5101, "CS", view);
}

class ManifestHeaders : public ::testing::Test {
 protected:
  ManifestHeaders() {
    fs::create_directories(folder_ / "rsna/stage_2_train_images");
    write("stage_2_train_labels.csv",
          "patientId,x,y,width,height,Target\na,,,,,0\nb,1,1,5,5,1\nc,,,,,0\nd,,,,,0\n");
    write("stage_2_detailed_class_info.csv",
          "patientId,class\na,Normal\nb,Lung Opacity\nc,Normal\nd,Normal\n");
    write_image("a", dicom("PA", "F", "051Y"));
    write_image("b", dicom("AP", "M", "063Y"));
    write_image("c", dicom("LL", "M", "047Y"));
    write_image("d", "no image");
  }
  void write(const std::string& name, const std::string& bytes) const {
    test::write_bytes(folder_ / ("rsna/" + name), bytes);
  }
  void write_image(const std::string& name, const std::string& bytes) const {
    write("stage_2_train_images/" + name + ".dcm", bytes);
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }

 private:
  test::ScratchFolder folder_;
};

TEST_F(ManifestHeaders, GiveViewSexAndAgeOfEachImage) {
  const test::Told told = test::told_by(cli::add_manifest_command,
                                        {"manifest", "rsna", file("rsna"), "-o", file("m.csv")});
  ASSERT_EQ(told.code, 0) << told.err;
  EXPECT_EQ(test::bytes_of(file("m.csv")),
            "id,image,patient_id,class,source,view,sex,age\n"
            "rsna/a.dcm,rsna/stage_2_train_images/a.dcm,rsna_a,normal,rsna,PA,F,51\n"
            "rsna/b.dcm,rsna/stage_2_train_images/b.dcm,rsna_b,pneumonia,rsna,AP,M,63\n"
            "rsna/d.dcm,rsna/stage_2_train_images/d.dcm,rsna_d,normal,rsna,,,\n");
  EXPECT_THAT(told.out, ::testing::StartsWith(file("m.csv") + ": 3 samples\nleft out: 1\n"
                                                              "       1 view 'LL' (c.dcm)\n\n"));
}

/// An image whose header cannot be read is kept, and named.
TEST_F(ManifestHeaders, ThatCannotBeReadAreWarnedOf) {
  const test::Told told = test::told_by(cli::add_manifest_command,
                                        {"manifest", "rsna", file("rsna"), "-o", file("m.csv")});
  EXPECT_THAT(told.err, HasSubstr(file("rsna/stage_2_train_images/d.dcm") + ": no DICOM file"));
  for (const char* sound : {"a.dcm", "b.dcm", "c.dcm"})
    EXPECT_EQ(told.err.find(sound), std::string::npos) << told.err;
}

}  // namespace
}  // namespace crossfold
