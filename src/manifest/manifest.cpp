#include "crossfold/manifest/manifest.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/errors_by_cause.h"
#include "crossfold/core/files.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/manifest/manifest_columns.h"
#include "crossfold/manifest/path_from.h"
#include "crossfold/samples/sample_warnings.h"
#include "crossfold/samples/text_rules.h"
#include "crossfold/samples/value_rules.h"

#include "manifest_values.h"

namespace crossfold {
namespace {

/// NaN for a word such as "nan" or "NA" and for an empty field; nothing when the field is no
/// number.
std::optional<double> number_from(std::string_view field) {
  field = without_plus(without_blanks(field));
  double value = std::numeric_limits<double>::quiet_NaN();
  if (field.empty() || is_missing_word(field)) return value;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size() || std::isinf(value))
    return std::nullopt;
  return value;
}

class ManifestReader {
 public:
  ManifestReader(std::string_view text, std::string name, const ColumnMapping& mapping,
                 const ValueRules& rules)
      : name_(std::move(name)),
        table_(parse_csv(text, name_)),
        rules_(rules),
        assigned_(assign_columns(table_.columns, mapping, errors_)) {
    errors_.throw_if_any(ErrorCode::bad_input, name_);
  }

  Manifest read() {
    if (table_.rows.empty())
      errors_.add("",
                  "holds no samples (nothing stands below the column names). add a line for "
                  "each sample");
    SampleTable& samples = manifest_.samples;
    samples.id = ids();
    check_unique_ids();
    samples.group = groups();
    samples.class_label = labels_of("class");
    samples.domain = labels_of("domain");
    samples.role = roles();
    if (const auto warning = unknown_patients(samples)) manifest_.warnings.push_back(*warning);
    if (assigned_.contains("image")) manifest_.images = images();
    read_other_columns();
    if (auto warning = patients_of_both_sexes(samples))
      manifest_.warnings.push_back(*std::move(warning));
    errors_.throw_if_any(ErrorCode::bad_input, name_);
    return std::move(manifest_);
  }

 private:
  [[nodiscard]] std::vector<std::string> fields_of(std::size_t column) const {
    std::vector<std::string> fields;
    fields.reserve(table_.rows.size());
    for (const std::vector<std::string>& row : table_.rows) fields.push_back(row[column]);
    return fields;
  }

  enum class Blanks { refuse, allow };  ///< around a name

  /// Fields of a column whose exact spelling matters.
  [[nodiscard]] std::vector<std::string> exact_fields_of(std::size_t column,
                                                         Blanks allowed = Blanks::refuse) {
    std::vector<std::string> fields = fields_of(column);
    const std::string& title = table_.columns[column];
    ErrorsByCause errors(errors_);
    for (std::size_t row = 0; row < fields.size(); ++row) {
      const std::string line = line_of(row);
      if (allowed == Blanks::refuse && without_blanks(fields[row]).size() != fields[row].size())
        errors.add(fmt::format("{} ('{}')", line, fields[row]),
                   fmt::format("'{}' has blanks around it (they would make it another name). "
                               "remove them",
                               title));
      if (!is_utf8(fields[row]))
        errors.add(line, fmt::format("'{}' is not UTF-8 (Latin-1 or Windows-1252, perhaps). save "
                                     "the file as UTF-8",
                                     title));
      else if (const std::optional<std::string> problem = text_problem(fields[row]))
        errors.add(line, fmt::format("'{}' {}. change it", title, *problem));
    }
    return fields;
  }

  [[nodiscard]] std::string line_of(std::size_t row) const {
    return fmt::format("line {}", table_.lines[row]);
  }

  /// Names the fields that are empty; `why` says what each sample needs.
  void refuse_empty(const std::vector<std::string>& names, const std::string& title,
                    const std::string& why) {
    ErrorsByCause errors(errors_);
    for (std::size_t row = 0; row < names.size(); ++row)
      if (names[row].empty())
        errors.add(line_of(row), fmt::format("'{}' is empty ({}", title, why));
  }

  std::vector<std::string> images() {
    std::vector<std::string> paths = fields_of(assigned_.at("image"));
    std::size_t of_windows = 0;
    for (std::string& path : paths) {
      std::string read = path_from(path);
      of_windows += read == path ? 0 : 1;
      path = std::move(read);
    }
    if (of_windows > 0)
      manifest_.notes.push_back(
          fmt::format("{} of {} paths of images have '\\' between their folders, as Windows writes "
                      "them: read as '/'",
                      of_windows, paths.size()));
    return paths;
  }

  std::vector<std::string> ids() {
    const std::size_t column = assigned_.at("id");
    std::vector<std::string> names = exact_fields_of(column);
    refuse_empty(names, table_.columns[column], "every sample needs its id). fill it in");
    return names;
  }

  /// A column of names under the rules on values.
  NameColumn ruled_column(const std::string& field) {
    const std::size_t column = assigned_.at(field);
    const bool merge = rules_.spellings == ValueRules::Spellings::merge;  // takes the blanks away
    NameColumn names{.field = field,
                     .title = table_.columns[column],
                     .values = exact_fields_of(column, merge ? Blanks::allow : Blanks::refuse),
                     .place = [this](std::size_t row) { return line_of(row); }};
    apply_value_rules(names, rules_, errors_);
    return names;
  }

  /// The patients; a sample without one is a patient of its own where the rules say so.
  std::vector<std::string> groups() {
    const std::vector<std::string>& ids = manifest_.samples.id;
    if (!assigned_.contains("group")) return ids;
    NameColumn column = ruled_column("group");
    if (auto sentence = doubtful_group(column)) manifest_.warnings.push_back(*std::move(sentence));
    if (rules_.missing_words != ValueRules::MissingWords::missing)
      refuse_empty(
          column.values, column.title,
          "every sample needs its group). fill it in, or say --missing-words missing: each "
          "such sample is a patient of its own");
    else
      for (std::size_t row = 0; row < ids.size(); ++row)
        if (column.values[row].empty()) column.values[row] = ids[row];
    return std::move(column.values);
  }

  void check_unique_ids() {
    std::unordered_map<std::string_view, std::size_t> first_line;
    const std::vector<std::string>& ids = manifest_.samples.id;
    ErrorsByCause errors(errors_);
    for (std::size_t row = 0; row < ids.size(); ++row) {
      const auto [found, is_new] = first_line.emplace(ids[row], table_.lines[row]);
      if (!is_new && !ids[row].empty())
        errors.add(fmt::format("{} ('{}', as in line {})", line_of(row), ids[row], found->second),
                   "the id stands in an earlier line already (an id names one sample). rename it");
    }
  }

  static CodedColumn coded(const std::vector<std::string>& fields) {
    const std::set<std::string_view> sorted(fields.begin(), fields.end());
    std::unordered_map<std::string_view, std::int32_t> codes = {{"", -1}};
    CodedColumn column;
    for (const std::string_view level : sorted) {
      if (level.empty()) continue;
      codes[level] = static_cast<std::int32_t>(column.levels.size());
      column.levels.emplace_back(level);
    }
    column.codes.reserve(fields.size());
    for (const std::string& field : fields) column.codes.push_back(codes.at(field));
    return column;
  }

  CodedColumn labels_of(const std::string& field) {
    const NameColumn column = ruled_column(field);
    if (auto sentence = single_sample_levels(column))
      manifest_.warnings.push_back(*std::move(sentence));
    return coded(column.values);
  }

  CodedColumn roles() {
    CodedColumn column{.codes = std::vector<std::int32_t>(table_.rows.size(), 0),
                       .levels = role_levels()};
    const auto assigned = assigned_.find("role");
    if (assigned == assigned_.end()) {
      manifest_.notes.emplace_back("no column for role: all samples are in");
      return column;
    }
    std::map<std::string, std::vector<std::size_t>> unknown;  // their lines
    for (std::size_t row = 0; row < table_.rows.size(); ++row) {
      const std::string& field = table_.rows[row][assigned->second];
      const auto found = std::find(column.levels.begin(), column.levels.end(), field);
      if (found == column.levels.end()) unknown[field].push_back(table_.lines[row]);
      column.codes[row] = static_cast<std::int32_t>(found - column.levels.begin());
    }
    refuse_roles(table_.columns[assigned->second], unknown);
    return column;
  }

  void refuse_roles(const std::string& title,
                    const std::map<std::string, std::vector<std::size_t>>& unknown) {
    for (const auto& [role, lines] : unknown)
      errors_.add("", fmt::format("'{}' is '{}' in {}, the first in line {} (in is the pool, "
                                  "which is divided into folds here; oos is never trained on). "
                                  "use one of in, oos",
                                  title, role, counted(lines.size(), "sample"), lines.front()));
  }

  void read_other_columns() {
    std::map<std::size_t, std::string> uses;
    for (const auto& [field, column] : assigned_) {
      std::string& use = uses[column];
      use += (use.empty() ? "" : " and ") + field;
      if (field == "class") use += levels_text(manifest_.samples.class_label);
      if (field == "domain") use += levels_text(manifest_.samples.domain);
    }
    for (std::size_t column = 0; column < table_.columns.size(); ++column) {
      const auto use = uses.find(column);
      manifest_.columns.push_back(
          {table_.columns[column], use != uses.end() ? use->second : add_attribute(column)});
    }
  }

  static std::string levels_text(const CodedColumn& column) {
    return fmt::format(" ({})", counted(column.levels.size(), "level"));
  }

  /// What became of the column.
  std::string add_attribute(std::size_t column) {
    const std::string& title = table_.columns[column];
    if (const std::optional<std::string> problem = name_problem(title))
      return fmt::format("left out (its name {})", *problem);
    const std::vector<std::string> fields = fields_of(column);
    const auto is_empty = [](const std::string& field) { return without_blanks(field).empty(); };
    if (std::all_of(fields.begin(), fields.end(), is_empty)) return "left out (it is empty)";
    std::vector<double> numbers;
    std::vector<std::size_t> other_rows;
    for (std::size_t row = 0; row < fields.size(); ++row) {
      if (const std::optional<double> number = number_from(fields[row]))
        numbers.push_back(*number);
      else
        other_rows.push_back(row);
    }
    if (other_rows.empty()) {
      manifest_.samples.attributes.push_back({title, std::move(numbers)});
      return fmt::format("attribute (numbers{})", missing_words_text(fields));
    }
    // Mostly numbers: the user may have meant numbers, and is told what stands in the way.
    const auto is_number = [](double number) { return !std::isnan(number); };
    const auto count = std::count_if(numbers.begin(), numbers.end(), is_number);
    std::string hint;
    if (static_cast<std::size_t>(count) > other_rows.size())
      hint = fmt::format("; {} of its values are no numbers, the first '{}' in line {}",
                         other_rows.size(), fields[other_rows.front()],
                         table_.lines[other_rows.front()]);
    return add_names(column, fields, hint);
  }

  /// "; 'NA' in 3 is missing" for the words in a column of numbers that are none.
  static std::string missing_words_text(const std::vector<std::string>& fields) {
    std::string text;
    for (const ValueCount& value : count_values(fields))
      if (is_missing_word(value.value))
        text += fmt::format("; '{}' in {} is missing", value.value, value.samples);
    return text;
  }

  std::string add_names(std::size_t column, const std::vector<std::string>& fields,
                        const std::string& hint) {
    const std::set<std::string_view> different(fields.begin(), fields.end());
    const std::size_t count = different.size() - different.count("");
    if (count > kMaxAttributeLevels)
      return fmt::format("left out ({} different texts, at most {} make an attribute{})", count,
                         kMaxAttributeLevels, hint);
    CodedColumn levels = coded(exact_fields_of(column));
    manifest_.samples.attributes.push_back({table_.columns[column], std::move(levels)});
    return fmt::format("attribute ({}{})", counted(count, "level"), hint);
  }

  std::string name_;
  CsvTable table_;
  ValueRules rules_;
  Manifest manifest_;
  ValidationErrors errors_;
  std::map<std::string, std::size_t> assigned_;  ///< field -> column
};

}  // namespace

const std::vector<ManifestField>& manifest_fields() {
  using enum ManifestField::Presence;
  static const std::vector<std::string> kFileNames = {"image",      "filename",    "file",
                                                      "file_path",  "path",        "image_name",
                                                      "image_path", "image_index", "image_file"};
  static const std::vector<ManifestField> kFields = {
      {"id", {"id", "sample_id", "image_id"}, kFileNames, required},
      {"group",
       {"group", "patient_id", "patient", "patient_no", "patient_number", "patient_name",
        "patient_key", "patient_uid", "anon_patient_id", "subject", "subject_id", "person",
        "person_id", "participant", "participant_id", "mrn", "medical_record_number"},
       {"pid", "ptid", "pt_id", "case_id", "case_no", "case_number"},
       optional},
      {"class",
       {"class", "label", "class_label", "class_name", "diagnosis", "finding", "finding_labels",
        "target"},
       {},
       required},
      {"domain",
       {"domain", "source", "data_source", "dataset", "site", "hospital", "institution", "center",
        "centre"},
       {},
       required},
      {"role", {"role", "split_role"}, {}, optional},
      {"image", {"image"}, {kFileNames.begin() + 1, kFileNames.end()}, optional}};
  return kFields;
}

Manifest parse_manifest(std::string_view text, const std::string& name,
                        const ColumnMapping& mapping, const ValueRules& rules) {
  return ManifestReader(text, name, mapping, rules).read();
}

Manifest read_manifest(const std::filesystem::path& path, const ColumnMapping& mapping,
                       const ValueRules& rules) {
  return parse_manifest(read_file(path, kMostFileBytes), path.string(), mapping, rules);
}

}  // namespace crossfold
