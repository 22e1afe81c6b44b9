// What becomes of the words, views, names and folders of public collections, each of a kind in one
// table.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "crossfold/core/csv.h"
#include "crossfold/manifest/collections.h"

#include "hdf5/messages.h"
#include "manifest/published.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::Published;
using test::reasons_of;
using test::Row;
using test::rows_of;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Words = std::map<std::string, std::string>;

CollectionOptions keeping_absent() {
  CollectionOptions options;
  options.absent_images = CollectionOptions::AbsentImages::keep;
  return options;
}

ImportedCollection import_table(const std::string& collection, const std::string& file,
                                const std::string& text) {
  const Published published;
  published.write(file, text);
  return published.import(collection, keeping_absent());
}

/// One field of each row, by the sample's id.
Words field_by_id(const ImportedCollection& imported, const std::string& column) {
  const std::vector<std::string> ids = imported.manifest.column("id");
  const std::vector<std::string> fields = imported.manifest.column(column);
  Words found;
  for (std::size_t row = 0; row < ids.size(); ++row) found[ids[row]] = fields[row];
  return found;
}

/// A table with the four columns that decide over a line.
struct PublishedColumns {
  std::string collection, file, patient, image, finding, view;
};

const PublishedColumns kCohen{"cohen", "metadata.csv", "patientid", "filename", "finding", "view"};
const PublishedColumns kActmed{"actmed",    "metadata.csv", "patientid",
                               "imagename", "finding",      "view"};
const PublishedColumns kNih{"nih",         "Data_Entry_2017.csv", "Patient ID",
                            "Image Index", "Finding Labels",      "View Position"};

/// A line for each finding; their images are i0.png, i1.png, ...
ImportedCollection import_findings(const PublishedColumns& columns,
                                   const std::vector<std::string>& findings) {
  std::string text = csv_line({columns.patient, columns.image, columns.finding, columns.view});
  for (std::size_t i = 0; i < findings.size(); ++i)
    text += csv_line({fmt::format("p{}", i), fmt::format("i{}.png", i), findings[i], "PA"});
  return import_table(columns.collection, columns.file, text);
}

/// `expected`: the class of each finding; "" where it is none of the three.
void expect_classes(const PublishedColumns& columns, const Words& expected) {
  std::vector<std::string> findings;
  for (const auto& [finding, class_label] : expected) findings.push_back(finding);
  const Words found = field_by_id(import_findings(columns, findings), "class");
  for (std::size_t i = 0; i < findings.size(); ++i) {
    const auto row = found.find(fmt::format("{}/i{}.png", columns.collection, i));
    EXPECT_EQ(row == found.end() ? "" : row->second, expected.at(findings[i]))
        << columns.collection << ": " << findings[i];
  }
}

TEST(CollectionFindings, AreOfTheClassOfTheirWord) {
  Words cohen = {{"Pneumonia/Viral/COVID-19", "covid19"},
                 {"COVID-19", "covid19"},
                 {"COVID-19, ARDS", "covid19"},
                 {"pneumonia/viral/covid-19", "covid19"},
                 {"No Finding", "normal"},
                 {"no finding", "normal"}};
  for (const char* pneumonia : {"Pneumonia",     "Pneumonia/Bacterial",
                                "pneumonia",     "Pneumonia/Fungal/Pneumocystis",
                                "SARS",          "Pneumonia/Bacterial/Klebsiella",
                                "MERS",          "MERS-CoV",
                                "Streptococcus", "Klebsiella",
                                "Chlamydophila", "Legionella",
                                "E.Coli",        "Lipoid",
                                "Varicella",     "Influenza",
                                "Bacterial",     "Viral",
                                "Fungal",        "Aspiration",
                                "Mycoplasma",    "Mycoplasma Bacterial Pneumonia",
                                "Pneumocystis",  "Herpes",
                                "Nocardia",      "H1N1",
                                "Aspergillosis", "Staphylococcus",
                                "viral",         "Staphylococcus/MRSA"})
    cohen[pneumonia] = "pneumonia";
  for (const char* other : {"Tuberculosis", "todo", "Unknown", "", "Edema", "Chronic eosinophilic"})
    cohen[other] = "";
  expect_classes(kCohen, cohen);
  expect_classes(kActmed, {{"COVID-19", "covid19"},
                           {"covid-19", "covid19"},
                           {"No finding", "normal"},
                           {"Pneumonia", "pneumonia"},
                           {"", ""},
                           {"Tuberculosis", ""}});
  expect_classes(kNih, {{"No Finding", "normal"},
                        {"Pneumonia", "pneumonia"},
                        {"Effusion|Pneumonia", "pneumonia"},
                        {"Pneumonia|Mass", "pneumonia"},
                        {"Effusion|Infiltration", ""},
                        {"Cardiomegaly", ""}});
}

TEST(CollectionViews, AreKeptWhereTheyAreFrontal) {
  const Words frontal = {{"PA", "PA"},
                         {"AP", "AP"},
                         {"AP Supine", "AP SUPINE"},
                         {"AP Erect", "AP ERECT"},
                         {"AP semi erect", "AP SEMI ERECT"},
                         {"pa", "PA"}};
  const std::vector<std::string> others = {"L", "Lateral", "LL", "Axial", "Coronal", "AP Axial"};
  std::string text = "patientid,finding,filename,view\n";
  for (const auto& [view, capitals] : frontal) text += "p,COVID-19," + view + "," + view + "\n";
  for (const std::string& view : others) text += "p,COVID-19," + view + "," + view + "\n";
  text += "p,COVID-19,none,\n";
  const ImportedCollection imported = import_table("cohen", "metadata.csv", text);
  Words expected;
  for (const auto& [view, capitals] : frontal) expected["cohen/" + view] = capitals;
  EXPECT_EQ(field_by_id(imported, "view"), expected);
  std::vector<std::string> reasons = {"1 no view given (none)"};
  for (const std::string& view : others)
    reasons.push_back(fmt::format("1 view '{}' ({})", view, view));
  EXPECT_THAT(reasons_of(imported), ::testing::UnorderedElementsAreArray(reasons));
}

TEST(CollectionModalities, AreKeptWhereTheyAreXRaysOrNotGiven) {
  const std::vector<std::string> kept = {"X-ray", "x-RAY", "XRAY", "CR", "DX", "DR", ""};
  const std::vector<std::string> others = {"CT", "MR", "US", "X-ray CT"};
  std::string text = "patientid,finding,filename,view,modality\n";
  for (const std::string& modality : kept)
    text += fmt::format("p,COVID-19,{0}.png,PA,{0}\n", modality);
  for (const std::string& modality : others)
    text += fmt::format("p,COVID-19,{0}.png,PA,{0}\n", modality);
  const ImportedCollection imported = import_table("cohen", "metadata.csv", text);
  EXPECT_EQ(imported.manifest.rows.size(), kept.size());
  for (const std::string& modality : others)
    EXPECT_THAT(reasons_of(imported),
                Contains(fmt::format("1 modality '{0}' ({0}.png)", modality)));
}

/// Modality, view, finding, patient and name, repetition, file.
TEST(CollectionLines, CountUnderTheFirstReasonAgainstThem) {
  const Published published;
  published.write("images/kept.png", "pixels");
  published.write("metadata.csv",
                  "patientid,finding,view,modality,filename\n"
                  "p,todo,L,CT,ct.png\n"
                  "p,todo,L,X-ray,side.png\n"
                  "p,todo,PA,X-ray,todo.png\n"
                  "nan,COVID-19,PA,X-ray,\n"
                  "p,COVID-19,PA,X-ray,\n"
                  "p,COVID-19,PA,X-ray,kept.png\n"
                  "p,COVID-19,PA,X-ray,kept.png\n"
                  "p,COVID-19,PA,X-ray,gone.png\n");
  const ImportedCollection imported = published.import("cohen");
  EXPECT_EQ(imported.manifest.rows.size(), 1U);
  EXPECT_THAT(reasons_of(imported),
              ElementsAre("1 finding 'todo' (todo.png)",
                          "1 image named by an earlier line (kept.png)", "1 modality 'CT' (ct.png)",
                          "1 no image file (gone.png)", "1 no image named (line 6)",
                          "1 no patient given (line 5)", "1 view 'L' (side.png)"));
}

/// The table may lie in one folder and the images in others; the first that has one counts.
TEST(CollectionFolders, AreLookedThroughInTheirOrder) {
  const Published a, b, c;
  const std::string head = "patientid,finding,view,filename\n";
  a.write("metadata.csv",
          head + "1,COVID-19,PA,one.png\n2,COVID-19,PA,two.png\n3,COVID-19,PA,three.png\n");
  b.write("metadata.csv", head + "9,COVID-19,PA,other.png\n");
  for (const Published* place : {&b, &c}) place->write("images/one.png", "pixels");
  c.write("two.png", "pixels");
  const std::vector<fs::path> places = {a.folder(), b.folder(), c.folder()};
  const ImportedCollection imported = import_collection("cohen", places, keeping_absent());
  EXPECT_EQ(field_by_id(imported, "image"),
            (Words{{"cohen/one.png", (b.folder() / "images/one.png").string()},
                   {"cohen/two.png", (c.folder() / "two.png").string()},
                   {"cohen/three.png", (a.folder() / "images/three.png").string()}}))
      << "one that is nowhere has the place where it should be";
  EXPECT_EQ(import_collection("cohen", places).manifest.rows.size(), 2U);
}

TEST(CollectionFolders, OfNihAreAllTwelveAndItsNewTableIsRead) {
  const Published old, current;
  old.write("Data_Entry_2017.csv",
            "Image Index,Finding Labels,Patient ID,Patient Age,Patient Gender,View Position\n"
            "old.png,No Finding,1,041Y,F,PA\n");
  std::string text =
      "Image Index,Finding Labels,Patient ID,Patient Age,Patient Sex,View Position\n";
  std::vector<Row> expected;
  Words images;
  for (int n = 1; n <= 12; ++n) {
    const std::string file = fmt::format("images_{:03}/images/{}.png", n, n);
    current.write(file, "pixels");
    text += fmt::format("{0}.png,No Finding,{0},{1:03}Y,F,AP\n", n, 40 + n);
    const std::string id = fmt::format("nih/{}.png", n);
    expected.push_back(
        {id, fmt::format("nih_{}", n), "normal", "nih", "AP", "F", std::to_string(40 + n)});
    images[id] = (current.folder() / file).string();
  }
  current.write("Data_Entry_2017_v2020.csv", text);
  const std::vector<fs::path> places = {old.folder(), current.folder()};
  const ImportedCollection imported = import_collection("nih", places);
  EXPECT_EQ(rows_of(imported), expected);
  EXPECT_EQ(field_by_id(imported, "image"), images);
}

TEST(CollectionPatients, OfKermanyStandInTheNamesOfFiles) {
  const Words patients = {{"person12_virus_3", "person12"},
                          {"person120_bacteria_4", "person120"},
                          {"IM-0115-0001", "IM-0115"},
                          {"IM-0115-0001-0002", "IM-0115"},
                          {"NORMAL2-IM-0115-0001", "NORMAL2-IM-0115"},
                          {"BACTERIA-30629-0001", "30629"},
                          {"VIRUS-30629-0003", "30629"},
                          {"NORMAL-28501-0001", "28501"},
                          {"person_virus_3", ""},
                          {"scan 7", ""}};
  const Published published;
  Words expected;
  for (const auto& [stem, patient] : patients) {
    published.write("train/NORMAL/" + stem + ".jpeg", "pixels");
    const std::string id = "kermany/train/NORMAL/" + stem + ".jpeg";
    expected[id] = patient.empty() ? id : "kermany_" + patient;
  }
  EXPECT_EQ(field_by_id(published.import("kermany"), "patient_id"), expected);
}

/// A letter behind a digit tells images of one patient apart, and in fig1 alone.
TEST(CollectionPatients, OfFig1LoseALetterBehindADigit) {
  const Words patients = {{"COVID-00003a", "COVID-00003"},
                          {"COVID-00004", "COVID-00004"},
                          {"7b", "7"},
                          {"x", "x"},
                          {"ab", "ab"},
                          {"COVID-5-c", "COVID-5-c"}};
  std::string text = "patientid,finding,view\n";
  Words expected;
  for (const auto& [written, patient] : patients) {
    text += written + ",COVID-19,PA\n";
    expected["fig1/" + written + ".jpg"] = "fig1_" + patient;
  }
  EXPECT_EQ(field_by_id(import_table("fig1", "metadata.csv", text), "patient_id"), expected);
  EXPECT_EQ(field_by_id(import_table("actmed", "metadata.csv",
                                     "patientid,finding,view,imagename\n7b,COVID-19,PA,a.png\n"),
                        "patient_id"),
            (Words{{"actmed/a.png", "actmed_7b"}}));
}

/// Those that COVID-Net's notebook discards, by the number in their name, and no others.
TEST(CollectionImages, OfSirmThatCovidNetDiscardsAreSixteenOfCovid19) {
  const std::set<int> discarded = {100, 101, 102, 103, 104, 105, 110, 111,
                                   112, 113, 122, 123, 124, 125, 126, 217};
  const Published published;
  std::set<std::string> expected;
  for (int n = 1; n <= 219; ++n) {
    const std::string image = fmt::format("COVID-19/COVID-19 ({}).png", n);
    published.write(image, "pixels");
    if (!discarded.contains(n)) expected.insert("sirm/" + image);
  }
  for (const std::string image :
       {"COVID-19/COVID-19(1010).png", "COVID-19/COVID-19-101.png", "NORMAL/NORMAL (101).png",
        "Viral Pneumonia/Viral Pneumonia (101).png"}) {
    published.write(image, "pixels");
    expected.insert("sirm/" + image);
  }
  const ImportedCollection imported = published.import("sirm");
  const std::vector<std::string> ids = imported.manifest.column("id");
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()), expected);
  ASSERT_EQ(imported.left_out.size(), 1U);
  EXPECT_EQ(imported.left_out[0].count, discarded.size());
}

TEST(CollectionTargets, OfRsnaArePneumoniaWhereAnyLineSaysSo) {
  const Published published;
  published.write("stage_2_train_labels.csv",
                  "patientId,Target\na,0\nb,0\nc,1.0\nd,0.0\ne,0\nf,1\nb,1\ng,1\ng,0\n");
  published.write("stage_2_detailed_class_info.csv",
                  "patientId,class\na,Normal\nb,Lung Opacity\nc,Lung Opacity\nd,Normal\n"
                  "f,Normal\ng,Lung Opacity\n");
  const ImportedCollection imported = published.import("rsna", keeping_absent());
  EXPECT_EQ(field_by_id(imported, "class"), (Words{{"rsna/a.dcm", "normal"},
                                                   {"rsna/b.dcm", "pneumonia"},
                                                   {"rsna/c.dcm", "pneumonia"},
                                                   {"rsna/d.dcm", "normal"},
                                                   {"rsna/f.dcm", "pneumonia"},
                                                   {"rsna/g.dcm", "pneumonia"}}));
  EXPECT_THAT(reasons_of(imported), ElementsAre("1 finding 'Target 0' (e)"))
      << "of an image that the second table lacks nobody says that it is normal";
  EXPECT_THAT(imported.notes, IsEmpty());
}

/// What is no DICOM file, or is not there, has none; a header without a view is no side view.
TEST(CollectionHeaders, AreReadOfDicomFilesAlone) {
  const Published published;
  published.write("stage_2_train_labels.csv", "patientId,Target\npng,1\ndicom,1\nabsent,1\n");
  published.write("stage_2_train_images/png.png", "pixels");
  published.write("stage_2_train_images/dicom.dcm", "pixels");
  CollectionOptions options = keeping_absent();
  std::vector<std::string> read;
  options.read_header = [&](const fs::path& image) {
    read.push_back(image.filename().string());
    return HeaderFields{.view = "", .sex = "M", .age = "044Y"};
  };
  EXPECT_THAT(rows_of(published.import("rsna", options)),
              ElementsAre(Row{"rsna/png.png", "rsna_png", "pneumonia", "rsna", "", "", ""},
                          Row{"rsna/dicom.dcm", "rsna_dicom", "pneumonia", "rsna", "", "M", "44"},
                          Row{"rsna/absent.dcm", "rsna_absent", "pneumonia", "rsna", "", "", ""}));
  EXPECT_THAT(read, ElementsAre("dicom.dcm"));
  const Published cohen;
  cohen.write("metadata.csv", "patientid,finding,view,filename\np,COVID-19,PA,a.dcm\n");
  cohen.write("images/a.dcm", "pixels");
  EXPECT_EQ(cohen.import("cohen", options).manifest.rows.size(), 1U);
  EXPECT_EQ(read.size(), 1U) << "its table gives the view";
}

/// ISO 8859-1: a byte is the number of its character, which UTF-8 writes with two bytes.
TEST(CollectionTables, OfLatin1AreReadWhateverTheLetter) {
  std::vector<std::string> findings = {"COVID-19"};
  std::vector<std::string> expected;
  for (int byte = 0xA0; byte <= 0xFF; ++byte) {
    findings.push_back(std::string("f") + static_cast<char>(byte) + "g");
    const bool first_half = byte < 0xC0;
    std::string letter(1, static_cast<char>(first_half ? 0xC2 : 0xC3));
    letter += static_cast<char>(first_half ? byte : byte - 0x40);
    expected.push_back("finding 'f" + letter + "g'");
  }
  const ImportedCollection imported = import_findings(kActmed, findings);
  std::vector<std::string> reasons;
  for (const SkippedLines& left_out : imported.left_out) reasons.push_back(left_out.reason);
  EXPECT_THAT(reasons, ::testing::UnorderedElementsAreArray(expected));
}

TEST(CollectionLists, MayBeNamedAloneBesideTheirImages) {
  const Published published;
  published.write(
      "train_x.txt",
      "1 a.png normal rsna\nnan b.png normal rsna\n2 c.png positive cohen\n"
      "anonymous d.png pneumonia rsna\n3 e.png negative cohen\n4 f.png COVID-19 sirm\n");
  published.write("train/a.png", "pixels");
  published.write("f.png", "pixels");
  const std::vector<fs::path> list = {published.folder() / "train_x.txt"};
  const ImportedCollection imported = import_collection("covidx", list);
  EXPECT_EQ(field_by_id(imported, "image"),
            (Words{{"rsna/a.png", (published.folder() / "train/a.png").string()},
                   {"sirm/f.png", (published.folder() / "f.png").string()}}));
  EXPECT_THAT(reasons_of(imported),
              ElementsAre("2 no patient given (b.png, d.png)", "1 finding 'negative' (e.png)",
                          "1 finding 'positive' (c.png)"));
}

/// Beside each list, where they lie in different folders.
TEST(CollectionLists, MayLieEachBesideItsImages) {
  const Published published;
  published.write("one/train_x.txt", "1 a.png normal rsna\n");
  published.write("two/test_x.txt", "2 b.png normal rsna\n");
  published.write("one/a.png", "pixels");
  published.write("two/test/b.png", "pixels");
  const std::vector<fs::path> lists = {published.folder() / "one/train_x.txt",
                                       published.folder() / "two/test_x.txt"};
  const ImportedCollection imported = import_collection("covidx", lists);
  EXPECT_EQ(field_by_id(imported, "image"),
            (Words{{"rsna/a.png", (published.folder() / "one/a.png").string()},
                   {"rsna/b.png", (published.folder() / "two/test/b.png").string()}}));
  EXPECT_THAT(reasons_of(imported), ::testing::IsEmpty());
}

/// Each with its own lines, through all lists; those that are named are known, however many.
TEST(CollectionLists, TellOfEachUnknownSource) {
  const Published published;
  published.write("train_x.txt",
                  "1 a.png normal alpha\n2 b.png normal rsna\n3 c.png pneumonia beta\n");
  published.write("test_x.txt",
                  "4 d.png normal beta\n5 e.png normal gamma\n6 f.png normal alpha\n"
                  "7 g.png normal beta\n");
  const std::string folder = published.folder().string();
  const std::vector<std::pair<std::string, std::string>> unknown = {
      {"alpha", "2 lines, the first: " + folder + "/train_x.txt, line 1"},
      {"beta", "3 lines, the first: " + folder + "/train_x.txt, line 3"},
      {"gamma", "1 line, the first: " + folder + "/test_x.txt, line 2"}};
  for (unsigned named = 0; named < 7; ++named) {
    CollectionOptions options = keeping_absent();
    for (std::size_t i = 0; i < unknown.size(); ++i)
      if (((named >> i) & 1U) != 0)
        options.more_sources.insert(options.more_sources.begin(), unknown[i].first);
    const std::string told =
        test::error_of([&] { static_cast<void>(published.import("covidx", options)); }).what();
    for (std::size_t i = 0; i < unknown.size(); ++i) {
      const auto& [source, lines] = unknown[i];
      const std::string sentence = fmt::format("the source '{}' is not known ({};", source, lines);
      EXPECT_EQ(told.find(sentence) == std::string::npos, ((named >> i) & 1U) != 0) << told;
    }
  }
  CollectionOptions all = keeping_absent();
  all.more_sources = {"gamma", "alpha", "beta"};
  EXPECT_THAT(published.import("covidx", all).manifest.column("source"),
              ElementsAre("alpha", "rsna", "beta", "beta", "gamma", "alpha", "beta"));
}

/// What two folders hold is taken from the first; what one of them holds alone, from there.
TEST(CollectionFolders, OfClassesAreTakenTogetherInTheirOrder) {
  const Published a, b;
  const std::string both = "train/NORMAL/IM-0001-0001.jpeg";
  const std::string of_a = "test/PNEUMONIA/person1_virus_1.jpeg";
  const std::string of_b = "train/PNEUMONIA/person2_bacteria_2.jpeg";
  for (const Published* place : {&a, &b}) place->write(both, "pixels");
  a.write(of_a, "pixels");
  b.write(of_b, "pixels");
  for (const auto& [first, second] : {std::pair(&a, &b), std::pair(&b, &a)}) {
    const std::vector<fs::path> places = {first->folder(), second->folder()};
    const ImportedCollection imported = import_collection("kermany", places);
    EXPECT_EQ(field_by_id(imported, "image"),
              (Words{{"kermany/" + both, (first->folder() / both).string()},
                     {"kermany/" + of_a, (a.folder() / of_a).string()},
                     {"kermany/" + of_b, (b.folder() / of_b).string()}}));
    EXPECT_EQ(field_by_id(imported, "class"), (Words{{"kermany/" + both, "normal"},
                                                     {"kermany/" + of_a, "pneumonia"},
                                                     {"kermany/" + of_b, "pneumonia"}}));
    EXPECT_THAT(reasons_of(imported), ElementsAre("1 second copy of a file (" + both + ")"));
  }
}

/// The first place that has an image counts, in it the first folder, and there the first ending.
TEST(CollectionFolders, AreLookedThroughBeforeTheirEndings) {
  const Published a, b;
  a.write("images/x.png", "pixels");
  b.write("images/x.jpg", "pixels");
  b.write("images/x.png", "pixels");
  b.write("images/y.jpeg", "pixels");
  b.write("y.jpg", "pixels");
  b.write("metadata.csv", "patientid,finding,view\nx,COVID-19,PA\ny,COVID-19,PA\nz,COVID-19,PA\n");
  for (const auto& [first, x] : {std::pair(&a, "images/x.png"), std::pair(&b, "images/x.jpg")}) {
    const Published& other = first == &a ? b : a;
    const std::vector<fs::path> places = {first->folder(), other.folder()};
    const fs::path own = first->folder() / x;
    EXPECT_EQ(field_by_id(import_collection("fig1", places, keeping_absent()), "image"),
              (Words{{"fig1/" + own.filename().string(), own.string()},
                     {"fig1/y.jpeg", (b.folder() / "images/y.jpeg").string()},
                     {"fig1/z.jpg", (first->folder() / "images/z.jpg").string()}}));
  }
}

}  // namespace
}  // namespace crossfold
