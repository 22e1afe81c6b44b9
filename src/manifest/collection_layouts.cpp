#include "collection_layouts.h"

#include <algorithm>
#include <array>

namespace crossfold {
namespace {

constexpr std::string_view kNormal = "normal";
constexpr std::string_view kPneumonia = "pneumonia";
constexpr std::string_view kCovid19 = "covid19";

/// Findings of cohen: a path ("Pneumonia/Viral/COVID-19") in the later releases, the last part of
/// it alone in the earlier ones.
std::vector<ClassRule> cohen_classes() {
  std::vector<ClassRule> rules = {{Match::holds, "COVID-19", kCovid19},
                                  {Match::equals, "No Finding", kNormal},
                                  {Match::begins, "Pneumonia", kPneumonia}};
  for (const std::string_view pneumonia :
       {"SARS",       "MERS",          "MERS-CoV",       "Streptococcus",
        "Klebsiella", "Chlamydophila", "Legionella",     "E.Coli",
        "Lipoid",     "Varicella",     "Influenza",      "Bacterial",
        "Viral",      "Fungal",        "Aspiration",     "Mycoplasma Bacterial Pneumonia",
        "Mycoplasma", "Pneumocystis",  "Herpes",         "Nocardia",
        "H1N1",       "Aspergillosis", "Staphylococcus", "Staphylococcus/MRSA"})
    rules.push_back({Match::equals, pneumonia, kPneumonia});
  return rules;
}

const std::vector<ClassRule>& short_findings() {
  static const std::vector<ClassRule> rules = {{Match::begins, "COVID-19", kCovid19},
                                               {Match::equals, "No finding", kNormal},
                                               {Match::begins, "Pneumonia", kPneumonia}};
  return rules;
}

CollectionLayout cohen() {
  return {
      .about = {"cohen", "github.com/ieee8023/covid-chestxray-dataset", "metadata.csv and images/",
                "CT goes by its modality, or by its view in releases before that column. "
                "Findings are paths (Pneumonia/Viral/COVID-19) or, in old releases, single "
                "names; 'todo' and 'Unknown' are left out. Where two lines name one file the "
                "first counts. Its patients 219 and up are those of hannover, cropped: see "
                "'manifest duplicates'"},
      .tables = {"metadata.csv"},
      .patient = {"patientid"},
      .image = {"filename"},
      .finding = {"finding"},
      .view = {"view"},
      .modality = {"modality"},
      .sex = {"sex"},
      .age = {"age"},
      .classes = cohen_classes(),
      .image_folders = {"images", "."}};
}

CollectionLayout fig1() {
  return {.about = {"fig1", "github.com/agchung/Figure1-COVID-chestxray-dataset",
                    "metadata.csv and images/",
                    "Images are named by patientid, with .jpg or .png. A letter at its end tells "
                    "images of one patient apart. The table is Latin-1. Most lines state no view; "
                    "all such images are frontal"},
          .tables = {"metadata.csv"},
          .patient = {"patientid"},
          .image = {"patientid"},
          .finding = {"finding"},
          .view = {"view"},
          .modality = {"modality"},
          .sex = {"sex"},
          .age = {"age"},
          .classes = short_findings(),
          .image_folders = {"images", "."},
          .endings = {".jpg", ".png", ".jpeg"},
          .patients = PatientRule::without_last_letter,
          .no_view = CollectionLayout::NoView::keep};
}

CollectionLayout actmed() {
  return {
      .about = {"actmed", "github.com/agchung/Actualmed-COVID-chestxray-dataset",
                "metadata.csv and images/", "An empty finding means inconclusive and is left out"},
      .tables = {"metadata.csv"},
      .patient = {"patientid"},
      .image = {"imagename"},
      .finding = {"finding"},
      .view = {"view"},
      .modality = {"modality"},
      .sex = {"sex"},
      .age = {"age"},
      .classes = short_findings(),
      .image_folders = {"images", "."}};
}

CollectionLayout hannover() {
  return {.about = {"hannover", "github.com/ml-workgroup/covid-19-image-repository",
                    "data.csv and png/",
                    "Every patient had COVID-19, whatever a single film shows; views are in small "
                    "letters. cohen holds part of these images, cropped"},
          .tables = {"data.csv"},
          .patient = {"patient_id"},
          .image = {"image_id"},
          .view = {"projection"},
          .sex = {"sex"},
          .age = {"age"},
          .class_label = kCovid19,
          .image_folders = {"png", "."},
          .endings = {".png"}};
}

CollectionLayout rsna() {
  return {.about = {"rsna", "kaggle.com/c/rsna-pneumonia-detection-challenge",
                    "stage_2_train_labels.csv, stage_2_detailed_class_info.csv and "
                    "stage_2_train_images/ (DICOM)",
                    "One line a box, so several lines an image. Target 1 is pneumonia; normal is "
                    "what the detailed table calls Normal: without that table no image is. View, "
                    "sex and age stand in the DICOM headers. Every id counts as a patient, though "
                    "the collection was drawn from nih, where patients have several images"},
          .form = Form::rsna,
          .tables = {"stage_2_train_labels.csv"},
          .patient = {"patientId"},
          .image = {"patientId"},
          .finding = {"Target"},
          .classes = {{Match::equals, "1", kPneumonia}, {Match::equals, "Normal", kNormal}},
          .image_folders = {"stage_2_train_images", "."},
          .endings = {".dcm", ".png"}};
}

CollectionLayout nih() {
  return {
      .about = {"nih", "nihcc.app.box.com/v/ChestXray-NIHCC",
                "Data_Entry_2017_v2020.csv or Data_Entry_2017.csv, and images/ or "
                "images_001/images/ to images_012/images/",
                "normal is No Finding, pneumonia any list of labels with Pneumonia in it; the "
                "rest is left out. Ages such as 058Y become years"},
      .tables = {"Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv"},
      .patient = {"Patient ID"},
      .image = {"Image Index"},
      .finding = {"Finding Labels"},
      .view = {"View Position"},
      .sex = {"Patient Gender", "Patient Sex"},
      .age = {"Patient Age"},
      .classes = {{Match::equals, "No Finding", kNormal}, {Match::holds, "Pneumonia", kPneumonia}},
      .image_folders = {"images", "images_001/images", "images_002/images", "images_003/images",
                        "images_004/images", "images_005/images", "images_006/images",
                        "images_007/images", "images_008/images", "images_009/images",
                        "images_010/images", "images_011/images", "images_012/images", "."}};
}

CollectionLayout kermany() {
  return {.about = {"kermany", "data.mendeley.com/datasets/rscbjbr9sj (chest_xray)",
                    "train/, test/, val/ with NORMAL/ and PNEUMONIA/",
                    "The patient stands in the file's name: person12_virus_3, IM-0115-0001, "
                    "BACTERIA-30629-0001. Equal numbers are taken for one child, also across train "
                    "and test, where they may be two: splits stay clean that way. Kaggle's archive "
                    "holds everything twice; the second copy is left out"},
          .form = Form::class_folders,
          .patients = PatientRule::in_file_name,
          .folders = {{"NORMAL", kNormal}, {"PNEUMONIA", kPneumonia}}};
}

CollectionLayout sirm() {
  return {.about = {"sirm", "kaggle.com/tawsifurrahman/covid19-radiography-database",
                    "COVID-19/ or COVID/, NORMAL/, Viral Pneumonia/",
                    "No patients are given: each image counts as one. The sixteen images that "
                    "COVID-Net discards are left out, so are masks and Lung_Opacity. The database "
                    "copies images of cohen, rsna and kermany: see 'manifest duplicates'"},
          .form = Form::class_folders,
          .patients = PatientRule::one_per_image,
          .folders = {{"COVID-19", kCovid19},
                      {"COVID", kCovid19},
                      {"NORMAL", kNormal},
                      {"Viral Pneumonia", kPneumonia},
                      {"Lung_Opacity", {}}},
          .discarded = {100, 101, 102, 103, 104, 105, 110, 111, 112, 113, 122, 123, 124, 125, 126,
                        217}};
}

CollectionLayout covidx() {
  return {.about = {"covidx",
                    "github.com/lindawangg/COVID-Net (labels/, and data/ made by its "
                    "notebook)",
                    "train_*.txt and test_*.txt, and train/ and test/ with the images",
                    "Lines are 'patient file class source'; a line without a source is rsna, but "
                    "for COVID-19, of which rsna has none: --bare-source names its source. Other "
                    "sources than the known ones are refused until --source names them. A "
                    "patient's name may hold a blank. Name the lists where a folder holds "
                    "several versions. Train before test, as their first samples are counted. No "
                    "view, sex or age is given"},
          .form = Form::label_lists,
          .classes = {{Match::equals, "normal", kNormal},
                      {Match::equals, "pneumonia", kPneumonia},
                      {Match::equals, "COVID-19", kCovid19}},
          .image_folders = {"train", "test", "data/train", "data/test", "."},
          .sources = {"cohen", "fig1", "actmed", "sirm", "rsna", "bimcv", "ricord", "stonybrook"}};
}

}  // namespace

const std::vector<CollectionLayout>& collection_layouts() {
  static const std::vector<CollectionLayout> layouts = {
      cohen(), fig1(), actmed(), hannover(), rsna(), nih(), kermany(), sirm(), covidx()};
  return layouts;
}

bool is_frontal(std::string_view view) {
  static constexpr std::array<std::string_view, 5> kFrontal = {"PA", "AP", "AP SUPINE", "AP ERECT",
                                                               "AP SEMI ERECT"};
  return std::find(kFrontal.begin(), kFrontal.end(), view) != kFrontal.end();
}

}  // namespace crossfold
