#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/manifest/collections.h"

namespace crossfold {

using Names = std::vector<std::string_view>;

/// How a finding is compared with a rule, capitals alike.
enum class Match { equals, begins, holds };

/// The first rule that fits gives the class; none: the sample is left out.
struct ClassRule {
  Match match;
  std::string_view finding;
  std::string_view class_label;
};

/// How a patient is named.
enum class PatientRule {
  as_written,
  without_last_letter,  ///< COVID-00039a, b and c are one person
  in_file_name,         ///< person12_virus_3 shows person12
  one_per_image,        ///< nobody is named
};

/// How a collection is published.
enum class Form { table, rsna, class_folders, label_lists };

/// A sample's class by the name of the folder that its image lies in.
struct ClassFolder {
  std::string_view folder;
  std::string_view class_label;  ///< empty: known, but none of the three
};

/// Everything in which one collection differs from another. Column names are compared without
/// regard to capitals and blanks around them; of several names the first found is taken.
struct CollectionLayout {
  Collection about;
  Form form = Form::table;
  Names tables = {};  ///< file names of the table, the first found is read
  Names patient = {};
  Names image = {};
  Names finding = {};  ///< none: every sample is `class_label`
  Names view = {};
  Names modality = {};
  Names sex = {};
  Names age = {};
  std::string_view class_label = {};
  std::vector<ClassRule> classes = {};
  Names image_folders = {};  ///< below the folder given
  Names endings = {};        ///< put behind the image's name where the table has none
  PatientRule patients = PatientRule::as_written;
  enum class NoView { leave_out, keep } no_view = NoView::leave_out;
  std::vector<ClassFolder> folders = {};  ///< of Form::class_folders
  Names sources = {};                     ///< of Form::label_lists
  std::vector<int> discarded = {};        ///< covid19 images by the number in their name's brackets
};

/// THE table: one entry a collection.
[[nodiscard]] const std::vector<CollectionLayout>& collection_layouts();

/// Views that are frontal, in capitals: PA, AP and the postures of AP.
[[nodiscard]] bool is_frontal(std::string_view view);

}  // namespace crossfold
