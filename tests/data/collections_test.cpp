#include "crossfold/data/collections.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

#include "core/damage.h"
#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Row = std::vector<std::string>;

/// A made-up copy of a published collection: its tables from tests/data/collections, and files
/// where its images would be.
class Published {
 public:
  explicit Published(const std::string& tables) {
    fs::copy(fs::path(CROSSFOLD_TEST_DATA) / "collections" / tables, folder(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }
  Published() = default;
  Published& with(std::initializer_list<const char*> images) {
    for (const char* image : images) write(image, "pixels");
    return *this;
  }
  void write(const std::string& name, const std::string& text) const {
    fs::create_directories((folder() / name).parent_path());
    test::write_bytes(folder() / name, text);
  }
  [[nodiscard]] const fs::path& folder() const { return scratch_.path(); }

  [[nodiscard]] ImportedCollection import(const std::string& collection,
                                          const CollectionOptions& options = {}) const {
    return import_collection(collection, std::vector{folder()}, options);
  }

 private:
  test::ScratchFolder scratch_;
};

/// Rows without the path of the image.
std::vector<Row> rows_of(const ImportedCollection& imported) {
  std::vector<Row> rows = imported.manifest.rows;
  for (Row& row : rows) row.erase(row.begin() + 1);
  return rows;
}

std::vector<std::string> reasons_of(const ImportedCollection& imported) {
  std::vector<std::string> lines;
  for (const LeftOut& left_out : imported.left_out)
    lines.push_back(std::to_string(left_out.count) + " " + left_out.reason);
  return lines;
}

TEST(Collections, CohenKeepsFrontalXRaysOfThreeClasses) {
  Published published("cohen");
  published.with({"images/case2-day0.jpeg", "images/case2-day3.jpeg", "images/case4.jpeg",
                  "images/case5.png", "images/case6.jpg", "images/case7-side.jpg",
                  "images/case8.jpg"});
  const ImportedCollection imported = published.import("cohen");
  EXPECT_THAT(imported.manifest.columns,
              ElementsAre("id", "image", "patient_id", "class", "source", "view", "sex", "age"));
  EXPECT_THAT(
      rows_of(imported),
      ElementsAre(Row{"cohen/case2-day0.jpeg", "cohen_2", "covid19", "cohen", "PA", "M", "65"},
                  Row{"cohen/case2-day3.jpeg", "cohen_2", "covid19", "cohen", "PA", "M", "65"},
                  Row{"cohen/case4.jpeg", "cohen_4", "pneumonia", "cohen", "PA", "F", "52"},
                  Row{"cohen/case5.png", "cohen_5", "normal", "cohen", "AP SUPINE", "", ""},
                  Row{"cohen/case6.jpg", "cohen_6", "pneumonia", "cohen", "AP", "F", "42"}));
  EXPECT_EQ(imported.manifest.rows[0][1], (published.folder() / "images/case2-day0.jpeg").string());
  EXPECT_THAT(
      reasons_of(imported),
      ElementsAre("1 finding 'Tuberculosis'", "1 finding 'todo'", "1 image file is not there",
                  "1 image named by an earlier line", "1 modality 'CT'", "1 view 'L'"));
}

TEST(Collections, CohenIsReadInItsEarlyFormToo) {
  Published published("cohen-early");
  const ImportedCollection imported =
      published.with({"images/one.jpg", "images/three.jpeg", "images/seventeen.jpg"})
          .import("cohen");
  EXPECT_THAT(
      rows_of(imported),
      ElementsAre(Row{"cohen/one.jpg", "cohen_1", "covid19", "cohen", "PA", "", ""},
                  Row{"cohen/three.jpeg", "cohen_3", "pneumonia", "cohen", "PA", "M", "74"}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 view 'CT'"));
}

TEST(Collections, Fig1TellsImagesOfOnePatientApartByALetter) {
  Published published("fig1");
  const ImportedCollection imported =
      published
          .with({"images/COVID-00001.jpg", "images/COVID-00003a.png", "images/COVID-00003b.png",
                 "images/COVID-00009.jpg", "images/COVID-00010.jpg", "images/COVID-00011.jpg"})
          .import("fig1");
  EXPECT_THAT(
      rows_of(imported),
      ElementsAre(
          Row{"fig1/COVID-00001.jpg", "fig1_COVID-00001", "covid19", "fig1", "AP ERECT", "M", "33"},
          Row{"fig1/COVID-00003a.png", "fig1_COVID-00003", "covid19", "fig1", "", "M", "28"},
          Row{"fig1/COVID-00003b.png", "fig1_COVID-00003", "covid19", "fig1", "", "M", "28"},
          Row{"fig1/COVID-00009.jpg", "fig1_COVID-00009", "pneumonia", "fig1", "", "F", "50+"},
          Row{"fig1/COVID-00010.jpg", "fig1_COVID-00010", "normal", "fig1", "", "", ""}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 no finding given"));
}

TEST(Collections, ActmedLeavesInconclusiveImagesOut) {
  Published published("actmed");
  const ImportedCollection imported =
      published
          .with({"images/CR.1.2.840.1.png", "images/CR.1.2.840.2.png", "images/CR.1.2.840.3.png"})
          .import("actmed");
  EXPECT_THAT(
      rows_of(imported),
      ElementsAre(
          Row{"actmed/CR.1.2.840.2.png", "actmed_ANON56", "normal", "actmed", "PA", "", ""},
          Row{"actmed/CR.1.2.840.3.png", "actmed_ANON196", "covid19", "actmed", "AP", "", ""}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 no finding given"));
}

TEST(Collections, HannoverIsAllCovid19) {
  Published published("hannover");
  const ImportedCollection imported =
      published.with({"png/11111111.png", "png/33333333.png", "png/44444444.png"})
          .import("hannover");
  EXPECT_THAT(
      rows_of(imported),
      ElementsAre(
          Row{"hannover/11111111.png", "hannover_0a0a0a0a", "covid19", "hannover", "AP", "M", ""},
          Row{"hannover/33333333.png", "hannover_0b0b0b0b", "covid19", "hannover", "PA", "F", ""}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 image file is not there", "1 view 'lateral'"));
}

TEST(Collections, RsnaCountsAnImageOnceHoweverManyBoxesItHas) {
  Published published("rsna");
  published.with({"stage_2_train_images/0004cfab-14fd-4e49-80ba-63a80b6bddd6.dcm",
                  "stage_2_train_images/00313ee0-9eaa-42f4-b0ab-c148ed3241cd.dcm",
                  "stage_2_train_images/00436515-870c-4b36-a041-de91049b9ab4.dcm"});
  CollectionOptions options;
  options.read_header = [](const fs::path& image) {
    EXPECT_EQ(image.extension(), ".dcm");
    return HeaderFields{"AP", "F", "051Y"};
  };
  const ImportedCollection imported = published.import("rsna", options);
  EXPECT_THAT(rows_of(imported), ElementsAre(Row{"rsna/00313ee0-9eaa-42f4-b0ab-c148ed3241cd.dcm",
                                                 "rsna_00313ee0-9eaa-42f4-b0ab-c148ed3241cd",
                                                 "normal", "rsna", "AP", "F", "51"},
                                             Row{"rsna/00436515-870c-4b36-a041-de91049b9ab4.dcm",
                                                 "rsna_00436515-870c-4b36-a041-de91049b9ab4",
                                                 "pneumonia", "rsna", "AP", "F", "51"}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 finding 'No Lung Opacity / Not Normal'"));

  fs::remove(published.folder() / "stage_2_detailed_class_info.csv");
  const ImportedCollection without = published.import("rsna");
  EXPECT_EQ(without.manifest.rows.size(), 1u);
  EXPECT_THAT(reasons_of(without), ElementsAre("2 finding 'Target 0'"));
  EXPECT_THAT(without.notes,
              ElementsAre("no stage_2_detailed_class_info.csv: no image counts as normal, for "
                          "Target 0 only means no pneumonia"));
}

TEST(Collections, RsnaLeavesSideViewsOutByTheirHeaders) {
  Published published("rsna");
  published.with({"stage_2_train_images/00313ee0-9eaa-42f4-b0ab-c148ed3241cd.dcm",
                  "stage_2_train_images/00436515-870c-4b36-a041-de91049b9ab4.dcm"});
  CollectionOptions options;
  options.read_header = [](const fs::path& image) {
    return HeaderFields{image.string().find("00436515") == std::string::npos ? "LL" : "PA", "", ""};
  };
  EXPECT_THAT(reasons_of(published.import("rsna", options)),
              ElementsAre("1 finding 'No Lung Opacity / Not Normal'", "1 view 'LL'"));
}

TEST(Collections, NihTakesEitherTableAndNumberedFolders) {
  Published published("nih");
  const ImportedCollection imported = published
                                          .with({"images_001/images/00000002_000.png",
                                                 "images/00000011_006.png", "00000011_007.png"})
                                          .import("nih");
  EXPECT_THAT(
      rows_of(imported),
      ElementsAre(Row{"nih/00000002_000.png", "nih_2", "normal", "nih", "PA", "M", "81"},
                  Row{"nih/00000011_006.png", "nih_11", "pneumonia", "nih", "AP", "F", "0.5"},
                  Row{"nih/00000011_007.png", "nih_11", "normal", "nih", "AP", "F", "75"}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 finding 'Cardiomegaly'"));
}

TEST(Collections, KermanyReadsThePatientFromTheFileName) {
  Published published;
  published.with({"chest_xray/train/NORMAL/IM-0115-0001.jpeg",
                  "chest_xray/train/NORMAL/NORMAL2-IM-1003-0001.jpeg",
                  "chest_xray/train/PNEUMONIA/person12_bacteria_46.jpeg",
                  "chest_xray/test/PNEUMONIA/person12_virus_3.jpeg",
                  "chest_xray/test/PNEUMONIA/BACTERIA-30629-0001.jpeg",
                  "chest_xray/chest_xray/train/NORMAL/IM-0115-0001.jpeg",
                  "chest_xray/__MACOSX/train/NORMAL/._IM-0115-0001.jpeg",
                  "chest_xray/train/NORMAL/.DS_Store", "chest_xray/cover.png"});
  const ImportedCollection imported = published.import("kermany");
  std::vector<Row> names;
  for (const Row& row : imported.manifest.rows) names.push_back({row[0], row[2], row[3]});
  EXPECT_THAT(
      names,
      ElementsAre(
          Row{"kermany/train/NORMAL/IM-0115-0001.jpeg", "kermany_IM-0115", "normal"},
          Row{"kermany/test/PNEUMONIA/BACTERIA-30629-0001.jpeg", "kermany_30629", "pneumonia"},
          Row{"kermany/test/PNEUMONIA/person12_virus_3.jpeg", "kermany_person12", "pneumonia"},
          Row{"kermany/train/NORMAL/NORMAL2-IM-1003-0001.jpeg", "kermany_NORMAL2-IM-1003",
              "normal"},
          Row{"kermany/train/PNEUMONIA/person12_bacteria_46.jpeg", "kermany_person12",
              "pneumonia"}));
  EXPECT_THAT(reasons_of(imported),
              ElementsAre("1 in no folder of a class", "1 second copy of a file"));
}

TEST(Collections, SirmGoesByItsFolders) {
  Published published;
  published.with({"COVID-19/COVID-19 (12).png", "COVID-19/COVID-19 (101).png",
                  "NORMAL/images/Normal-1.png", "NORMAL/masks/Normal-1.png",
                  "Viral Pneumonia/Viral Pneumonia (3).png",
                  "Lung_Opacity/images/Lung_Opacity-1.png"});
  const ImportedCollection imported = published.import("sirm");
  std::vector<Row> names;
  for (const Row& row : imported.manifest.rows) names.push_back({row[2], row[3]});
  EXPECT_THAT(names, ElementsAre(Row{"sirm_COVID-19/COVID-19 (12)", "covid19"},
                                 Row{"sirm_NORMAL/Normal-1", "normal"},
                                 Row{"sirm_Viral Pneumonia/Viral Pneumonia (3)", "pneumonia"}));
  EXPECT_THAT(reasons_of(imported),
              ElementsAre("1 discarded by COVID-Net", "1 folder 'Lung_Opacity'"));
}

TEST(Collections, CovidxLinesMayLackTheirSourceAndHoldBlanks) {
  Published published("covidx");
  CollectionOptions options;
  options.absent_images = CollectionOptions::AbsentImages::keep;
  const ImportedCollection imported =
      published.with({"train/case2-day0.jpeg", "data/test/CR.1.2.840.3.png"})
          .import("covidx", options);
  std::vector<Row> names;
  for (const Row& row : imported.manifest.rows) names.push_back({row[0], row[2], row[3], row[4]});
  EXPECT_THAT(names,
              ElementsAre(Row{"cohen/case2-day0.jpeg", "cohen_2", "covid19", "cohen"},
                          Row{"cohen/case2-day3.jpeg", "cohen_2", "covid19", "cohen"},
                          Row{"fig1/COVID-00003a.jpg", "fig1_COVID-00003a", "covid19", "fig1"},
                          Row{"sirm/COVID-19(12).png", "sirm_COVID-19 (12)", "covid19", "sirm"},
                          Row{"rsna/00313ee0-9eaa-42f4-b0ab-c148ed3241cd.png",
                              "rsna_00313ee0-9eaa-42f4-b0ab-c148ed3241cd", "normal", "rsna"},
                          Row{"rsna/00436515-870c-4b36-a041-de91049b9ab4.png",
                              "rsna_00436515-870c-4b36-a041-de91049b9ab4", "pneumonia", "rsna"},
                          Row{"actmed/CR.1.2.840.3.png", "actmed_ANON196", "covid19", "actmed"}));
  EXPECT_EQ(imported.manifest.rows[6][1],
            (published.folder() / "data/test/CR.1.2.840.3.png").string());
  EXPECT_THAT(imported.left_out, IsEmpty());
  EXPECT_THAT(imported.notes, ElementsAre("1 lines without a source count as rsna"));

  EXPECT_THAT(reasons_of(published.import("covidx")), ElementsAre("5 image file is not there"));
}

TEST(Collections, CovidxAsksWhichOfSeveralListsIsMeant) {
  Published published("covidx");
  published.write("labels/train_COVIDx4.txt", "p f.png normal rsna\n");
  published.with({"f.png"});
  const std::string folder = published.folder().string();
  expect_error(ErrorCode::bad_input,
               folder +
                   ": 2 lists begin with 'train_' (they are versions of each other). name the "
                   "two to be read: " +
                   folder + "/labels/train_COVIDx4.txt, " + folder + "/train_COVIDx5.txt",
               [&] { (void)published.import("covidx"); });
  const std::vector<fs::path> places = {published.folder() / "labels/train_COVIDx4.txt",
                                        published.folder()};
  EXPECT_EQ(import_collection("covidx", places).manifest.rows.size(), 1u);
}

TEST(Collections, CovidxNamesEveryBadLine) {
  Published published;
  published.write("train_x.txt", "a b.png normal rsna\nonly two\n\na b.png healthy rsna\n");
  const std::string list = published.folder().string() + "/train_x.txt";
  expect_error(ErrorCode::bad_input,
               "lists: 2 mistakes\n  " + list +
                   ", line 2: is not 'patient file class source' (2 words). mend it\n  " + list +
                   ", line 4: is not 'patient file class source' (4 words). mend it",
               [&] { (void)published.import("covidx"); });
}

TEST(Collections, SaysWhatAFolderShouldHold) {
  const Published published;
  const std::string folder = published.folder().string();
  expect_error(ErrorCode::bad_input,
               folder +
                   ": no metadata.csv in it (it says what the images show). name the folder "
                   "as published",
               [&] { (void)published.import("cohen"); });
  expect_error(ErrorCode::bad_input,
               folder +
                   ": no sample found (a folder of kermany holds train/, test/, val/ with "
                   "NORMAL/ and PNEUMONIA/). name that folder",
               [&] { (void)published.import("kermany"); });
  expect_error(ErrorCode::io,
               folder +
                   "/no: no such folder (a folder of nih holds Data_Entry_2017_v2020.csv or "
                   "Data_Entry_2017.csv, and images/ or images_001/images/ to "
                   "images_012/images/). check the path",
               [&] { (void)import_collection("nih", std::vector{published.folder() / "no"}); });
  expect_error(ErrorCode::usage,
               "unknown collection 'covid' (known: cohen, fig1, actmed, hannover, rsna, nih, "
               "kermany, sirm, covidx). choose among these",
               [&] { (void)published.import("covid"); });
}

TEST(Collections, CountsWhatWasLeftOutWhenNothingIsLeft) {
  const Published published("actmed");
  const std::string folder = published.folder().string();
  expect_error(ErrorCode::bad_input,
               folder +
                   ": no sample found (a folder of actmed holds metadata.csv and images/). "
                   "name that folder\n"
                   "  left out:      2 image file is not there\n"
                   "  left out:      1 no finding given",
               [&] { (void)published.import("actmed"); });
}

TEST(Collections, ADamagedTableIsRefusedOrReadButNeverMore) {
  RandomStream random({.root_seed = 1}, "test-damage");
  CollectionOptions options;
  options.absent_images = CollectionOptions::AbsentImages::keep;
  const std::vector<std::pair<std::string, std::string>> tables = {
      {"cohen", "metadata.csv"},
      {"fig1", "metadata.csv"},
      {"hannover", "data.csv"},
      {"rsna", "stage_2_train_labels.csv"},
      {"nih", "Data_Entry_2017.csv"},
      {"covidx", "train_COVIDx5.txt"},
      {"rsna", "stage_2_detailed_class_info.csv"}};
  std::size_t refused = 0;
  for (const auto& [collection, table] : tables) {
    const Published published(collection);
    const std::string sound = test::bytes_of(published.folder() / table);
    for (int i = 0; i < test::damage_rounds(300); ++i) {
      std::string text =
          sound.substr(0, random.below(3) == 0 ? random.below(sound.size()) : sound.size());
      for (std::uint64_t n = random.below(6); n > 0 && !text.empty(); --n)
        text[random.below(text.size())] = static_cast<char>(random.next_u32());
      published.write(table, text);
      try {
        (void)published.import(collection, options);
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 100u);
}

TEST(Collections, NamesEveryMissingColumn) {
  const Published published;
  published.write("metadata.csv", "patientid,filename\n1,a.png\n");
  const std::string table = published.folder().string() + "/metadata.csv";
  expect_error(ErrorCode::bad_input,
               table +
                   ": 2 mistakes\n"
                   "  line 1: has no column 'view' (its release has one). fetch the table "
                   "again; it has patientid, filename\n"
                   "  line 1: has no column 'finding' (its release has one). fetch the table "
                   "again; it has patientid, filename",
               [&] { (void)published.import("cohen"); });
}

}  // namespace
}  // namespace crossfold
