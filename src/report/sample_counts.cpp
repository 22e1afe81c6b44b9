#include "sample_counts.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

namespace crossfold {
namespace {

constexpr const char* kMissing = "(missing)";

std::string_view role_name(Role role) { return role == Role::in ? "in" : "oos"; }

bool has_role(const SampleTable& samples, std::size_t row, std::string_view role) {
  const std::int32_t code = samples.role.codes[row];
  return code >= 0 && samples.role.levels[static_cast<std::size_t>(code)] == role;
}

/// The levels of a column that some rows have, in the column's order, and "(missing)" last.
class UsedLevels {
 public:
  UsedLevels(const CodedColumn& column, const std::vector<std::size_t>& rows)
      : column_(&column), place_(column.levels.size() + 1, 0) {
    std::vector<bool> used(place_.size(), false);
    for (const std::size_t row : rows) used[slot(row)] = true;
    for (std::size_t i = 0; i < used.size(); ++i) {
      if (!used[i]) continue;
      place_[i] = names_.size();
      names_.push_back(i < column.levels.size() ? column.levels[i] : kMissing);
    }
  }
  [[nodiscard]] std::size_t place_of(std::size_t row) const { return place_[slot(row)]; }
  [[nodiscard]] const std::vector<std::string>& names() const { return names_; }

 private:
  [[nodiscard]] std::size_t slot(std::size_t row) const {
    const std::int32_t code = column_->codes[row];
    return code < 0 ? column_->levels.size() : static_cast<std::size_t>(code);
  }
  const CodedColumn* column_;
  std::vector<std::size_t> place_;
  std::vector<std::string> names_;
};

/// Counts images and distinct patients of one cell or total.
class Counter {
 public:
  void add(std::string_view patient) {
    ++images_;
    patients_.insert(patient);
  }
  [[nodiscard]] SampleCount count() const { return {images_, patients_.size()}; }

 private:
  std::size_t images_ = 0;
  std::unordered_set<std::string_view> patients_;
};

std::vector<SampleCount> counts(const std::vector<Counter>& counters) {
  std::vector<SampleCount> values;
  values.reserve(counters.size());
  for (const Counter& counter : counters) values.push_back(counter.count());
  return values;
}

}  // namespace

std::optional<SampleCounts> count_samples(const SampleTable& samples, Role role) {
  std::vector<std::size_t> rows;
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (has_role(samples, row, role_name(role))) rows.push_back(row);
  if (rows.empty()) return std::nullopt;

  const UsedLevels classes(samples.class_label, rows);
  const UsedLevels domains(samples.domain, rows);
  std::vector<std::vector<Counter>> cells(classes.names().size(),
                                          std::vector<Counter>(domains.names().size()));
  std::vector<Counter> class_totals(classes.names().size());
  std::vector<Counter> domain_totals(domains.names().size());
  Counter total;
  for (const std::size_t row : rows) {
    const std::size_t class_label = classes.place_of(row);
    const std::size_t domain = domains.place_of(row);
    const std::string& patient = samples.group[row];
    cells[class_label][domain].add(patient);
    class_totals[class_label].add(patient);
    domain_totals[domain].add(patient);
    total.add(patient);
  }

  SampleCounts result{.role = role,
                      .classes = classes.names(),
                      .domains = domains.names(),
                      .cells = {},
                      .class_totals = counts(class_totals),
                      .domain_totals = counts(domain_totals),
                      .total = total.count()};
  for (const std::vector<Counter>& line : cells) result.cells.push_back(counts(line));
  return result;
}

std::size_t samples_without_role(const SampleTable& samples) {
  return static_cast<std::size_t>(std::count_if(samples.role.codes.begin(),
                                                samples.role.codes.end(),
                                                [](std::int32_t code) { return code < 0; }));
}

SampleCount count_rows(std::span<const std::uint32_t> rows, std::span<const std::uint32_t> group) {
  std::unordered_set<std::uint32_t> patients;
  for (const std::uint32_t row : rows) patients.insert(group[row]);
  return {rows.size(), patients.size()};
}

}  // namespace crossfold
