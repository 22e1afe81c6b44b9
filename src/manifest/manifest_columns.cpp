#include "crossfold/manifest/manifest_columns.h"

#include <algorithm>
#include <cctype>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/samples/text_rules.h"

namespace crossfold {
namespace {

using Titles = std::vector<std::string>;

bool is_one_of(std::string_view title, const Titles& names) {
  const std::string plain = plain_title(title);
  return std::any_of(names.begin(), names.end(),
                     [&](const std::string& name) { return plain_title(name) == plain; });
}

/// Columns whose title is one of `names`, in the file's order.
std::vector<std::size_t> columns_named(const Titles& titles, const Titles& names) {
  std::vector<std::size_t> found;
  for (std::size_t column = 0; column < titles.size(); ++column)
    if (is_one_of(titles[column], names)) found.push_back(column);
  return found;
}

/// What to do where a field has no column.
void name_absent(const ManifestField& field, const Titles& titles, ValidationErrors& errors) {
  const Titles& usual = field.fallbacks.empty() ? field.names : field.fallbacks;
  errors.add("line 1",
             fmt::format("has no column for {} ({} or {} would be one). add it, empty where it is "
                         "not known, or say by --{}-column which of {} it is",
                         field.name, field.names.front(),
                         usual[usual.data() == field.names.data() ? 1 : 0], field.name,
                         fmt::join(names_of_columns(titles), ", ")));
}

std::optional<std::size_t> find_by_spelling(const ManifestField& field, const Titles& titles,
                                            ValidationErrors& errors) {
  std::vector<std::size_t> found = columns_named(titles, field.names);
  if (found.empty()) found = columns_named(titles, field.fallbacks);
  if (found.size() == 1) return found.front();
  if (found.size() > 1) {
    Titles both;
    for (const std::size_t column : found) both.push_back(fmt::format("'{}'", titles[column]));
    errors.add("line 1",
               fmt::format("{} could each be the {} (which one is meant cannot be told). choose "
                           "one by --{}-column",
                           fmt::join(both, " and "), field.name, field.name));
  } else if (field.presence == ManifestField::Presence::required) {
    name_absent(field, titles, errors);
  }
  return std::nullopt;
}

void refuse_double_use(const std::map<std::string, std::size_t>& assigned, const Titles& titles,
                       ValidationErrors& errors) {
  std::map<std::size_t, std::string> taken;
  for (const auto& [field, column] : assigned) {
    if (field == "image") continue;  // an image's name may also be the sample's id
    const auto [before, is_new] = taken.emplace(column, field);
    if (!is_new)
      errors.add("line 1", fmt::format("the column '{}' cannot be both {} and {}. name two "
                                       "columns",
                                       titles[column], before->second, field));
  }
}

}  // namespace

std::string plain_title(std::string_view title) {
  std::string plain;
  for (const char c : title) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 && (std::isspace(byte) != 0 || c == '_' || c == '-' || c == '.')) continue;
    plain += byte < 0x80 ? static_cast<char>(std::tolower(byte)) : c;
  }
  return plain;
}

std::optional<std::size_t> column_called(std::string_view name, const Titles& titles,
                                         std::size_t width) {
  name = without_blanks(name);
  const auto found = std::find(titles.begin(), titles.end(), name);
  if (found != titles.end()) return static_cast<std::size_t>(found - titles.begin());
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (error != std::errc() || end != name.data() + name.size() || number == 0 || number > width)
    return std::nullopt;
  return number - 1;
}

Titles names_of_columns(const Titles& titles) {
  Titles names;
  names.reserve(titles.size());
  for (const std::string& title : titles)
    names.push_back(title.empty() ? fmt::format("{} (it has no title)", names.size() + 1) : title);
  return names;
}

const ManifestField* field_of_title(std::string_view title) {
  for (const ManifestField& field : manifest_fields())
    for (const Titles* names : {&field.names, &field.fallbacks})
      if (is_one_of(title, *names)) return &field;
  return nullptr;
}

bool names_a_field(std::string_view title) {
  const std::vector<ManifestField>& fields = manifest_fields();
  return std::any_of(fields.begin(), fields.end(),
                     [&](const ManifestField& field) { return is_one_of(title, field.names); });
}

std::optional<std::string> mapped_column(const ColumnMapping& mapping, std::string_view field) {
  if (field == "id") return mapping.id;
  if (field == "group") return mapping.group;
  if (field == "class") return mapping.class_label;
  if (field == "domain") return mapping.domain;
  if (field == "role") return mapping.role;
  if (field == "image") return mapping.image;
  return std::nullopt;
}

std::map<std::string, std::size_t> assign_columns(const Titles& titles,
                                                  const ColumnMapping& mapping,
                                                  ValidationErrors& errors) {
  std::map<std::string, std::size_t> assigned;
  for (const ManifestField& field : manifest_fields()) {
    const std::optional<std::string> named = mapped_column(mapping, field.name);
    const std::optional<std::size_t> column = named ? column_called(*named, titles, titles.size())
                                                    : find_by_spelling(field, titles, errors);
    if (column)
      assigned[field.name] = *column;
    else if (named)
      errors.add("line 1", fmt::format("has no column '{}' for {}. it has {}", *named, field.name,
                                       fmt::join(names_of_columns(titles), ", ")));
  }
  refuse_double_use(assigned, titles, errors);
  return assigned;
}

}  // namespace crossfold
