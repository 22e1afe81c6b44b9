// The way from a published folder to a store, as a user goes it.

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

TEST(ManifestCommand, GoesFromAFolderToTable1) {
  const ScratchFolder folder;
  fs::copy(CROSSFOLD_SOURCE_DIR "/tests/data/collections/actmed", folder.path() / "actmed");
  fs::create_directories(folder.path() / "actmed/images");
  for (const char* image : {"CR.1.2.840.1.png", "CR.1.2.840.2.png", "CR.1.2.840.3.png"})
    write_text(folder.path() / "actmed/images" / image, "pixels");
  const std::string manifest = folder.file("m.csv");
  const Ended imported =
      run_crossfold({"manifest", "actmed", folder.file("actmed"), "-o", manifest});
  ASSERT_EQ(imported.code, 0) << imported.err;
  EXPECT_EQ(imported.out, manifest +
                              ": 2 samples\n"
                              "left out: 1\n"
                              "       1 no finding given\n"
                              "\n"
                              "Samples of the pool (role in), class by domain\n"
                              "  2 images of 2 patients; each cell gives images (patients)\n"
                              "\n"
                              "class    actmed    all\n"
                              "-------  ------  -----\n"
                              "covid19   1 (1)  1 (1)\n"
                              "normal    1 (1)  1 (1)\n"
                              "-------  ------  -----\n"
                              "all       2 (2)  2 (2)\n");
  EXPECT_EQ(read_text(manifest),
            "id,image,patient_id,class,source,view,sex,age\n"
            "actmed/CR.1.2.840.2.png,actmed/images/CR.1.2.840.2.png,actmed_ANON56,normal,actmed,"
            "PA,,\n"
            "actmed/CR.1.2.840.3.png,actmed/images/CR.1.2.840.3.png,actmed_ANON196,covid19,actmed,"
            "AP,,\n");
  const Ended embedded =
      run_crossfold({"embed", manifest, "--store", folder.file("s.h5"), "--skip-bad"});
  EXPECT_EQ(embedded.code, 3);
  EXPECT_THAT(embedded.err, testing::HasSubstr("2 of 2 images cannot be used"));
  EXPECT_FALSE(fs::exists(folder.file("s.h5")));
}

}  // namespace
}  // namespace crossfold
