#include "crossfold/manifest/collections.h"

#include <algorithm>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/core/random_stream.h"

#include "core/damage.h"
#include "core/expect_error.h"
#include "hdf5/messages.h"
#include "manifest/published.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::Published;
using test::reasons_of;
using test::Row;
using test::rows_of;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

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
      ElementsAre("1 finding 'Tuberculosis' (case9.jpg)", "1 finding 'todo' (case8.jpg)",
                  "1 image named by an earlier line (case6.jpg)", "1 modality 'CT' (case7.nii.gz)",
                  "1 no image file (too-large.jpg)", "1 view 'L' (case7-side.jpg)"));
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
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 view 'CT' (seventeen.jpg)"));
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
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 no finding given (COVID-00011)"));
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
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 no finding given (CR.1.2.840.1.png)"));
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
  EXPECT_THAT(reasons_of(imported),
              ElementsAre("1 no image file (22222222.png)", "1 view 'lateral' (44444444)"));
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
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 finding 'No Lung Opacity / Not Normal' "
                                                "(0004cfab-14fd-4e49-80ba-63a80b6bddd6)"));

  fs::remove(published.folder() / "stage_2_detailed_class_info.csv");
  const ImportedCollection without = published.import("rsna");
  EXPECT_EQ(without.manifest.rows.size(), 1u);
  EXPECT_THAT(reasons_of(without), ElementsAre("2 finding 'Target 0' "
                                               "(0004cfab-14fd-4e49-80ba-63a80b6bddd6, "
                                               "00313ee0-9eaa-42f4-b0ab-c148ed3241cd)"));
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
              ElementsAre("1 finding 'No Lung Opacity / Not Normal' "
                          "(0004cfab-14fd-4e49-80ba-63a80b6bddd6)",
                          "1 view 'LL' (00313ee0-9eaa-42f4-b0ab-c148ed3241cd.dcm)"));
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
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 finding 'Cardiomegaly' (00000001_000.png)"));
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
              ElementsAre("1 in no folder of a class (cover.png)",
                          "1 second copy of a file (train/NORMAL/IM-0115-0001.jpeg)"));
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
  EXPECT_THAT(names, ElementsAre(Row{"sirm/COVID-19/COVID-19 (12).png", "covid19"},
                                 Row{"sirm/NORMAL/images/Normal-1.png", "normal"},
                                 Row{"sirm/Viral Pneumonia/Viral Pneumonia (3).png", "pneumonia"}))
      << "nobody is named, so that each image is its own patient";
  EXPECT_THAT(reasons_of(imported),
              ElementsAre("1 discarded by COVID-Net (COVID-19/COVID-19 (101).png)",
                          "1 folder 'Lung_Opacity' (Lung_Opacity/images/Lung_Opacity-1.png)"));
}

/// Ids and patients of a collection whose files stand below `above` in the folder that is given.
std::vector<Row> names_below(const std::string& collection, const std::string& above,
                             const std::vector<std::string>& files) {
  const Published published;
  for (const std::string& file : files) published.write(above + file, "pixels");
  std::vector<Row> names;
  for (const Row& row : published.import(collection).manifest.rows)
    names.push_back({row[0], row[2]});
  return names;
}

TEST(Collections, NoIdHoldsTheUsersFolders) {
  const std::vector<std::string> sirm = {"COVID/images/COVID-1.png", "Normal/images/Normal-1.png",
                                         "Viral Pneumonia/Viral Pneumonia-1.png"};
  const std::vector<std::string> kermany = {"train/NORMAL/IM-0115-0001.jpeg",
                                            "val/PNEUMONIA/person1_virus_6.jpeg"};
  const std::vector<std::string> bare = {"NORMAL/IM-0115-0001.jpeg",
                                         "PNEUMONIA/person1_virus_6.jpeg"};
  for (const auto& [collection, files] :
       {std::pair("sirm", sirm), std::pair("kermany", kermany), std::pair("kermany", bare)}) {
    const std::vector<Row> names = names_below(collection, "", files);
    EXPECT_EQ(names.size(), files.size());
    for (const char* above : {"my data/", "a/b/", "COVID-19_Radiography_Dataset/"})
      EXPECT_EQ(names_below(collection, above, files), names) << above;
  }
}

TEST(Collections, PartsOfACollectionKeepTheirFilesApart) {
  EXPECT_EQ(names_below("kermany", "mine/",
                        {"train/NORMAL/IM-0001-0001.jpeg", "test/NORMAL/IM-0001-0001.jpeg"})
                .size(),
            2u);
}

TEST(Collections, NamesWhatWasLeftOut) {
  std::string table = "patientid,finding,view,modality,filename\n";
  for (int i = 0; i < 7; ++i) table += "p,No Finding,L,X-ray,l" + std::to_string(i) + ".png\n";
  table += "p,No Finding,PA,X-ray,here.png\nq,No Finding,PA,X-ray,gone.png\n";
  table += "nan,No Finding,PA,X-ray,nobody.png\np,todo,PA,X-ray,\n";
  Published published;
  published.write("metadata.csv", table);
  EXPECT_THAT(reasons_of(published.with({"images/here.png"}).import("cohen")),
              ElementsAre("7 view 'L' (l0.png, l1.png, l2.png, l3.png, l4.png, ...)",
                          "1 finding 'todo' (line 12)", "1 no image file (gone.png)",
                          "1 no patient given (nobody.png)"));
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
  EXPECT_THAT(imported.warnings,
              ElementsAre("no source is given, so that rsna is taken: 1 line, the first: " +
                          (published.folder() / "test_COVIDx5.txt").string() + ", line 1"));

  EXPECT_THAT(reasons_of(published.import("covidx")),
              ElementsAre("5 no image file (case2-day3.jpeg, COVID-00003a.jpg, COVID-19(12).png, "
                          "00313ee0-9eaa-42f4-b0ab-c148ed3241cd.png, "
                          "00436515-870c-4b36-a041-de91049b9ab4.png)"));
}

/// What is imported of one list of covidx.
ImportedCollection import_list(const std::string& text, CollectionOptions options = {}) {
  const Published published;
  published.write("train_x.txt", text);
  options.absent_images = CollectionOptions::AbsentImages::keep;
  return published.import("covidx", options);
}

void expect_list_refused(const std::string& text, const std::string& begin,
                         const std::string& end) {
  try {
    (void)import_list(text);
    FAIL() << "nothing was refused";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith("lists: " + begin));
    EXPECT_THAT(error.what(), ::testing::EndsWith(end));
  }
}

TEST(Collections, CovidxRefusesUnknownSources) {
  const std::string known =
      "correct it to one of actmed, bimcv, cohen, fig1, ricord, rsna, sirm, "
      "stonybrook, or say --source ";
  for (const std::string source : {"rnsa", "Cohen", "sirn"}) {
    const std::string text =
        "1 a.png normal rsna\n2 b.png normal " + source + "\n3 c.png pneumonia " + source + "\n";
    expect_list_refused(
        text, "the source '" + source + "' is not known (2 lines, the first: ",
        "/train_x.txt, line 2; it would become a domain of its own). " + known + source);
    EXPECT_EQ(import_list(text, {.more_sources = {source}}).manifest.rows.at(2).at(4), source);
  }
}

TEST(Collections, CovidxRefusesCovidImagesWithoutASource) {
  const std::string text = "1 a.png COVID-19\r2 b.png normal\r3 c.png COVID-19\r";
  expect_list_refused(text, "no source is given for images of COVID-19 (2 lines, the first: ",
                      "/train_x.txt, line 1; lines without one count as rsna, which has no such "
                      "images). take newer lists, or name the source of all such lines by "
                      "--bare-source");
  const ImportedCollection imported = import_list(text, {.bare_source = "cohen"});
  for (const Row& row : imported.manifest.rows) EXPECT_EQ(row.at(4), "cohen");
  EXPECT_THAT(imported.warnings, IsEmpty());
}

TEST(Collections, CovidxGivesTheBareSourceToLinesWithoutOneAlone) {
  const ImportedCollection imported = import_list(
      "1 a.png COVID-19\n2 b.png normal rsna\n3 c.png COVID-19 sirm\n", {.bare_source = "cohen"});
  std::vector<std::string> sources;
  for (const Row& row : imported.manifest.rows) sources.push_back(row.at(4));
  EXPECT_THAT(sources, ElementsAre("cohen", "rsna", "sirm"));
}

/// A typing error in the option is one in every line.
TEST(Collections, CovidxKnowsTheBareSourceOrIsToldOfIt) {
  const std::string text = "1 a.png COVID-19\n2 b.png normal rsna\n3 c.png COVID-19\n";
  const Error error =
      test::error_of([&] { static_cast<void>(import_list(text, {.bare_source = "cohn"})); });
  EXPECT_THAT(error.what(), HasSubstr("the source 'cohn' is not known (2 lines, the first: "));
  EXPECT_THAT(error.what(), HasSubstr("or say --source cohn"));
  const ImportedCollection imported =
      import_list(text, {.more_sources = {"cohn"}, .bare_source = "cohn"});
  EXPECT_EQ(imported.manifest.rows.at(2).at(4), "cohn");
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
               "lists: 2 errors\n  " + list +
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
                   "  left out:       2 no image file (CR.1.2.840.2.png, CR.1.2.840.3.png)\n"
                   "  left out:       1 no finding given (CR.1.2.840.1.png)",
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
                   ": 2 errors\n"
                   "  line 1: has no column 'view' (its release has one). fetch the table "
                   "again; it has patientid, filename\n"
                   "  line 1: has no column 'finding' (its release has one). fetch the table "
                   "again; it has patientid, filename",
               [&] { (void)published.import("cohen"); });
}

}  // namespace
}  // namespace crossfold
