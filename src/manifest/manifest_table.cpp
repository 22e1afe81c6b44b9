#include "crossfold/manifest/manifest_table.h"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/manifest/manifest_columns.h"
#include "crossfold/manifest/path_from.h"

#include "manifest_values.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// Columns with a meaning first, in the order of manifest_fields(), the others as they stand.
struct Plan {
  std::vector<std::string> columns;
  std::vector<std::size_t> from;
};

Plan canonical_plan(const CsvTable& csv, const ColumnMapping& mapping) {
  Plan plan;
  ValidationErrors none;  // every error has been refused
  const std::map<std::string, std::size_t> assigned = assign_columns(csv.columns, mapping, none);
  std::set<std::size_t> taken;
  const auto take = [&](const std::string& field, std::size_t column) {
    plan.columns.push_back(canonical_column(field));
    plan.from.push_back(column);
    taken.insert(column);
  };
  for (const ManifestField& field : manifest_fields()) {
    const auto column = assigned.find(field.name);
    if (column != assigned.end())
      take(field.name, column->second);
    else if (field.name == "group")
      take(field.name, assigned.at("id"));
  }
  for (std::size_t column = 0; column < csv.columns.size(); ++column) {
    if (taken.contains(column)) continue;
    std::string name = csv.columns[column];
    if (name.empty()) continue;                         // nothing can be said of it
    if (names_a_field(name)) name.insert(0, "other_");  // else the field could be either
    while (std::find(plan.columns.begin(), plan.columns.end(), name) != plan.columns.end())
      name += "_2";
    plan.columns.push_back(std::move(name));
    plan.from.push_back(column);
  }
  return plan;
}

/// What the rules on values made of groups and labels.
void take_ruled_values(const SampleTable& samples, ManifestTable& table) {
  const std::size_t group = table.find_column("patient_id").value();
  const std::size_t class_label = table.find_column("class").value();
  const std::size_t domain = table.find_column("source").value();
  const auto name_or_empty = [](const CodedColumn& column, std::size_t row) {
    const std::string* name = column.name_of(row);
    return name == nullptr ? std::string() : *name;
  };
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    table.rows[row][group] = samples.group[row];
    table.rows[row][class_label] = name_or_empty(samples.class_label, row);
    table.rows[row][domain] = name_or_empty(samples.domain, row);
  }
}

/// Tables one below the other, and from which each row comes.
struct Joined {
  std::span<const NamedTable> tables;
  ManifestTable table;
  std::vector<std::size_t> from;
  [[nodiscard]] const std::string& name_of(std::size_t row) const { return tables[from[row]].name; }
};

Joined join(std::span<const NamedTable> tables) {
  Joined joined{.tables = tables, .table = {}, .from = {}};
  ManifestTable& table = joined.table;
  for (const NamedTable& named : tables)
    for (const std::string& name : named.table.columns)
      if (!table.find_column(name)) table.columns.push_back(name);
  for (std::size_t t = 0; t < tables.size(); ++t) {
    std::vector<std::optional<std::size_t>> from;
    from.reserve(table.columns.size());
    for (const std::string& name : table.columns) from.push_back(tables[t].table.find_column(name));
    for (const std::vector<std::string>& row : tables[t].table.rows) {
      joined.from.push_back(t);
      std::vector<std::string>& fields = table.rows.emplace_back();
      for (std::size_t column = 0; column < from.size(); ++column)
        fields.push_back(from[column]                            ? row[*from[column]]
                         : table.columns[column] == "split_role" ? "in"
                                                                 : "");
    }
  }
  return joined;
}

void name_repeated_ids(const Joined& joined, ValidationErrors& errors) {
  const std::vector<std::string> ids = joined.table.column("id");
  std::unordered_map<std::string_view, std::size_t> first;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto [found, is_new] = first.emplace(ids[row], row);
    if (!is_new)
      errors.add(joined.name_of(row),
                 fmt::format("the id '{}' stands in {} already (an id names one sample). leave one "
                             "of the two out",
                             ids[row], joined.name_of(found->second)));
  }
}

/// Several tables have names in common, which no rule has seen yet.
void rule_names(Joined& joined, const ValueRules& rules, ValidationErrors& errors) {
  const std::vector<std::string> ids = joined.table.column("id");
  for (const char* field : {"group", "class", "domain"}) {
    NameColumn names{.field = field,
                     .title = canonical_column(field),
                     .values = joined.table.column(canonical_column(field)),
                     .place = [&](std::size_t row) {
                       return fmt::format("the sample '{}' of {}", ids[row], joined.name_of(row));
                     }};
    apply_value_rules(names, rules, errors);
    const std::size_t column = joined.table.find_column(names.title).value();
    for (std::size_t row = 0; row < ids.size(); ++row)
      joined.table.rows[row][column] = std::move(names.values[row]);
  }
}

void name_patients_of_two_sources(const Joined& joined, ValidationErrors& errors) {
  const std::vector<std::string> patients = joined.table.column("patient_id");
  const std::vector<std::string> sources = joined.table.column("source");
  std::unordered_map<std::string_view, std::vector<std::size_t>> rows_of;  // one of each source
  for (std::size_t row = 0; row < patients.size(); ++row) {
    std::vector<std::size_t>& seen = rows_of[patients[row]];
    bool is_new = true, is_known = false;
    std::optional<std::size_t> elsewhere;
    for (const std::size_t before : seen) {
      const bool same_source = sources[before] == sources[row];
      if (joined.from[before] == joined.from[row]) {
        is_new = is_new && !same_source;
        continue;
      }
      is_known = is_known || same_source;
      if (!elsewhere) elsewhere = before;
    }
    if (elsewhere && !is_known)
      errors.add(joined.name_of(row),
                 fmt::format("the patient '{}' of source '{}' stands in {} under source '{}' "
                             "(folds would treat two people as one). rename one of them",
                             patients[row], sources[row], joined.name_of(*elsewhere),
                             sources[*elsewhere]));
    if (is_new) seen.push_back(row);
  }
}

}  // namespace

std::optional<std::size_t> ManifestTable::find_column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

std::vector<std::string> ManifestTable::column(std::string_view name) const {
  const std::optional<std::size_t> at = find_column(name);
  CF_VALIDATE(at, ErrorCode::bad_input,
              fmt::format("has no column '{}' (it is needed here). add it", name), "manifest");
  std::vector<std::string> fields;
  fields.reserve(rows.size());
  for (const std::vector<std::string>& row : rows) fields.push_back(row[*at]);
  return fields;
}

void ManifestTable::keep_rows(const std::vector<bool>& keep) {
  CF_EXPECT(keep.size() == rows.size());
  std::size_t kept = 0;
  for (std::size_t row = 0; row < rows.size(); ++row)
    if (keep[row]) {
      if (kept != row) rows[kept] = std::move(rows[row]);
      ++kept;
    }
  rows.resize(kept);
}

std::string canonical_column(const std::string& field) {
  static const std::map<std::string, std::string> other_names = {
      {"group", "patient_id"}, {"domain", "source"}, {"role", "split_role"}};
  const auto found = other_names.find(field);
  return found == other_names.end() ? field : found->second;
}

ManifestTable read_manifest_table(const fs::path& path, const ColumnMapping& mapping,
                                  const ValueRules& rules) {
  const std::string text = read_file(path, kMostFileBytes);
  const Manifest manifest = parse_manifest(text, path.string(), mapping, rules);
  const CsvTable csv = parse_csv(text, path.string());
  const Plan plan = canonical_plan(csv, mapping);
  ManifestTable table{.columns = plan.columns, .rows = {}};
  const std::optional<std::size_t> image = table.find_column("image");
  const fs::path folder = fs::absolute(path).parent_path();
  for (const std::vector<std::string>& row : csv.rows) {
    std::vector<std::string>& fields = table.rows.emplace_back();
    for (const std::size_t column : plan.from) fields.push_back(row[column]);
    if (image && !fields[*image].empty())
      fields[*image] = (folder / path_from(fields[*image])).lexically_normal().string();
  }
  take_ruled_values(manifest.samples, table);
  return table;
}

ManifestTable merge_manifests(std::span<const NamedTable> tables, const ValueRules& rules) {
  Joined joined = join(tables);
  ValidationErrors errors;
  name_repeated_ids(joined, errors);
  if (tables.size() > 1) rule_names(joined, rules, errors);
  name_patients_of_two_sources(joined, errors);
  errors.throw_if_any(ErrorCode::bad_input, "manifests");
  return std::move(joined.table);
}

std::size_t keep_first_per_patient(ManifestTable& table) {
  const std::vector<std::string> patients = table.column("patient_id");
  std::set<std::string_view> seen;
  std::vector<bool> keep;
  keep.reserve(patients.size());
  for (const std::string& patient : patients) keep.push_back(seen.insert(patient).second);
  const std::size_t before = table.rows.size();
  table.keep_rows(keep);
  return before - table.rows.size();
}

std::string manifest_csv(const ManifestTable& table, const fs::path& folder) {
  const std::optional<std::size_t> image = table.find_column("image");
  std::string text = csv_line(table.columns);
  for (std::vector<std::string> row : table.rows) {
    if (image && !row[*image].empty()) {
      const fs::path relative = fs::path(row[*image]).lexically_relative(folder);
      if (!relative.empty()) row[*image] = relative.string();
    }
    text += csv_line(row);
  }
  return text;
}

Manifest write_manifest(const fs::path& path, const ManifestTable& table, const ValueRules& rules) {
  const std::string text = manifest_csv(table, fs::absolute(path).lexically_normal().parent_path());
  Manifest manifest = parse_manifest(text, path.string(), {}, rules);
  write_file_whole(path, text);
  return manifest;
}

}  // namespace crossfold
