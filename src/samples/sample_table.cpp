#include "crossfold/samples/sample_table.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/samples/text_rules.h"

namespace crossfold {
namespace {

/// How many single cases a message lists before it only counts.
constexpr std::size_t kMaxListed = 5;

void hash_column(Hasher& hasher, const CodedColumn& column) {
  hasher.number(column.levels.size());
  for (const std::string& level : column.levels) hasher.text(level);
  hasher.values(std::span<const std::int32_t>(column.codes));
}

void check_length(const std::string& where, std::size_t rows, std::size_t expected,
                  ValidationErrors& errors) {
  if (rows != expected)
    errors.add(where, fmt::format("has {} rows where /samples/id has {}", rows, expected));
}

void check_texts(const std::string& where, const std::vector<std::string>& texts,
                 ValidationErrors& errors) {
  std::size_t empty = 0;
  std::size_t first_empty = 0;
  std::size_t listed = 0;
  for (std::size_t row = 0; row < texts.size(); ++row) {
    if (texts[row].empty() && empty++ == 0) first_empty = row;
    const std::optional<std::string> problem = text_problem(texts[row]);
    if (problem && listed++ < kMaxListed)
      errors.add(where, fmt::format("the text in row {} {}. change it", row, *problem));
  }
  if (empty > 0)
    errors.add(where, fmt::format("{} of {} texts are empty, the first in row {}. fill them in",
                                  empty, texts.size(), first_empty));
}

void check_unique_ids(const std::vector<std::string>& ids, ValidationErrors& errors) {
  std::unordered_map<std::string_view, std::size_t> first_row;
  std::size_t repeated = 0;
  std::string list;
  for (std::size_t row = 0; row < ids.size(); ++row) {
    const auto [found, is_new] = first_row.emplace(ids[row], row);
    if (is_new || ids[row].empty() || ++repeated > kMaxListed) continue;
    list += fmt::format("{}'{}' (rows {} and {})", list.empty() ? "" : ", ", ids[row],
                        found->second, row);
  }
  if (repeated == 0) return;
  if (repeated > kMaxListed) list += ", ...";
  errors.add("/samples/id",
             fmt::format("{} rows repeat the id of an earlier one: {} (an id must name one "
                         "sample). rename them",
                         repeated, list));
}

void check_column(const std::string& where, const CodedColumn& column, const SampleTable& samples,
                  ValidationErrors& errors) {
  check_length(where, column.codes.size(), samples.size(), errors);
  std::unordered_set<std::string_view> seen;
  for (std::size_t i = 0; i < column.levels.size(); ++i) {
    if (column.levels[i].empty())
      errors.add(where, fmt::format("level {} has no name. name it, or use the code -1 for "
                                    "missing values",
                                    i));
    else if (!seen.insert(column.levels[i]).second)
      errors.add(where, fmt::format("two levels are named '{}'. give each its own name",
                                    column.levels[i]));
    if (const std::optional<std::string> problem = text_problem(column.levels[i]))
      errors.add(where, fmt::format("the name of level {} {}. change it", i, *problem));
  }
  const auto count = static_cast<std::int64_t>(column.levels.size());
  std::size_t outside = 0;
  std::size_t first = 0;
  for (std::size_t row = 0; row < column.codes.size(); ++row)
    if ((column.codes[row] < -1 || column.codes[row] >= count) && outside++ == 0) first = row;
  if (outside > 0)
    errors.add(where, fmt::format("{} codes lie outside of the {} levels, the first ({}) in row "
                                  "{}. use {}-1 for missing",
                                  outside, count, column.codes[first], first,
                                  count == 0   ? ""
                                  : count == 1 ? "0, or "
                                               : fmt::format("0 to {}, or ", count - 1)));
}

void check_role_levels(const std::vector<std::string>& levels, ValidationErrors& errors) {
  if (levels == role_levels()) return;
  const auto shown = std::span(levels).first(std::min(levels.size(), kMaxListed));
  errors.add("/samples/role",
             fmt::format("has the levels [{}{}] (they must be [{}], in this "
                         "order). write it anew",
                         fmt::join(shown, ", "), shown.size() < levels.size() ? ", ..." : "",
                         fmt::join(role_levels(), ", ")));
}

void check_numbers(const std::string& where, const std::vector<double>& numbers,
                   const SampleTable& samples, ValidationErrors& errors) {
  check_length(where, numbers.size(), samples.size(), errors);
  const auto is_infinite = [](double number) { return std::isinf(number); };
  const auto first = std::find_if(numbers.begin(), numbers.end(), is_infinite);
  if (first != numbers.end())
    errors.add(where, fmt::format("{} numbers are infinite, the first in row {}. use nan for "
                                  "missing ones",
                                  std::count_if(first, numbers.end(), is_infinite),
                                  first - numbers.begin()));
}

void check_attributes(const SampleTable& samples, ValidationErrors& errors) {
  std::unordered_set<std::string_view> seen;
  for (const Attribute& attribute : samples.attributes) {
    const std::string where = "/attributes/" + attribute.name;
    if (const std::optional<std::string> problem = name_problem(attribute.name))
      errors.add("/attributes",
                 fmt::format("the name '{}' {}. change it", attribute.name, *problem));
    if (!seen.insert(attribute.name).second)
      errors.add(where, "stands there twice. give each attribute its own name");
    if (const auto* column = std::get_if<CodedColumn>(&attribute.values))
      check_column(where, *column, samples, errors);
    else
      check_numbers(where, std::get<std::vector<double>>(attribute.values), samples, errors);
  }
}

}  // namespace

void CodedColumn::append(const std::string& value) {
  if (value.empty()) {
    codes.push_back(-1);
    return;
  }
  const auto found = std::find(levels.begin(), levels.end(), value);
  codes.push_back(static_cast<std::int32_t>(found - levels.begin()));
  if (found == levels.end()) levels.push_back(value);
}

const std::string* CodedColumn::name_of(std::size_t row) const {
  CF_EXPECT(row < codes.size());
  return codes[row] < 0 ? nullptr : &levels[static_cast<std::size_t>(codes[row])];
}

Digest SampleTable::label_hash() const {
  Hasher hasher;
  hasher.text("crossfold-labels-1").number(size());
  for (const std::string& value : id) hasher.text(value);
  for (const std::string& value : group) hasher.text(value);
  for (const CodedColumn* column : {&class_label, &domain, &role}) hash_column(hasher, *column);
  return hasher.finish();
}

Digest Attribute::content_hash() const {
  Hasher hasher;
  hasher.text("crossfold-attribute-1");
  if (const auto* column = std::get_if<CodedColumn>(&values))
    hash_column(hasher, *column);
  else
    hasher.values(std::span<const double>(std::get<std::vector<double>>(values)));
  return hasher.finish();
}

void check_samples(const SampleTable& samples, ValidationErrors& errors) {
  if (samples.size() == 0) errors.add("/samples/id", "holds no samples (nothing can be trained)");
  check_texts("/samples/id", samples.id, errors);
  check_unique_ids(samples.id, errors);
  check_length("/samples/group", samples.group.size(), samples.size(), errors);
  check_texts("/samples/group", samples.group, errors);
  check_column("/samples/class", samples.class_label, samples, errors);
  check_column("/samples/domain", samples.domain, samples, errors);
  check_column("/samples/role", samples.role, samples, errors);
  check_role_levels(samples.role.levels, errors);
  check_attributes(samples, errors);
}

const std::vector<std::string>& role_levels() {
  static const std::vector<std::string> kLevels = {"in", "oos"};
  return kLevels;
}

}  // namespace crossfold
