#include "crossfold/core/csv.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/errors_by_cause.h"
#include "crossfold/core/text_encoding.h"
#include "crossfold/core/validation_errors.h"

namespace crossfold {
namespace {

/// Walks over the text, one record at a time.
class CsvScanner {
 public:
  CsvScanner(std::string_view text, ValidationErrors& errors) : text_(text), errors_(errors) {}

  [[nodiscard]] bool at_end() const { return position_ >= text_.size(); }
  [[nodiscard]] std::size_t line() const { return line_; }

  std::vector<std::string> next_record() {
    std::vector<std::string> fields;
    while (true) {
      fields.push_back(next_field());
      if (at_end()) return fields;
      const char separator = text_[position_++];
      if (separator == ',') continue;
      if (separator == '\r' && !at_end() && text_[position_] == '\n') ++position_;
      ++line_;
      return fields;
    }
  }

 private:
  [[nodiscard]] bool at_field_end() const {
    return at_end() || text_[position_] == ',' || text_[position_] == '\n' ||
           text_[position_] == '\r';
  }

  std::string next_field() {
    if (!at_end() && text_[position_] == '"') return quoted_field();
    const std::size_t start = position_;
    while (!at_field_end()) ++position_;
    return std::string(text_.substr(start, position_ - start));
  }

  std::string quoted_field() {
    const std::size_t opened = line_;
    std::string field;
    for (++position_; !at_end(); ++position_) {
      const char c = text_[position_];
      const bool crlf = c == '\r' && position_ + 1 < text_.size() && text_[position_ + 1] == '\n';
      if (c == '\n' || (c == '\r' && !crlf)) ++line_;
      if (c != '"') {
        field += c;
        continue;
      }
      if (position_ + 1 < text_.size() && text_[position_ + 1] == '"') {
        field += text_[++position_];
        continue;
      }
      ++position_;
      if (!at_field_end())
        errors_.add(fmt::format("line {}", line_), "has text after a closing quote");
      while (!at_field_end()) ++position_;
      return field;
    }
    errors_.add(fmt::format("line {}", opened), "opens a quote that is never closed");
    return field;
  }

  std::string_view text_;
  ValidationErrors& errors_;
  std::size_t position_ = 0;
  std::size_t line_ = 1;
};

}  // namespace

std::optional<std::size_t> CsvTable::find_column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - columns.begin());
}

CsvTable parse_csv(std::string_view bytes, const std::string& name) {
  const std::string text = text_from_bytes(bytes, name);
  ValidationErrors errors;
  CsvScanner scanner(text, errors);
  CsvTable table;
  if (!scanner.at_end()) table.columns = scanner.next_record();
  if (table.columns.empty() || (table.columns.size() == 1 && table.columns[0].empty()))
    errors.add("line 1", "is empty (the column names must stand there)");
  if (table.columns.size() == 1 && table.columns[0].find_first_of(";\t") != std::string::npos)
    errors.add("line 1", fmt::format("is one column, '{:.80}' (fields are separated by commas, "
                                     "not by semicolons or tabs). save it with commas",
                                     table.columns[0]));
  std::set<std::string> seen;
  for (const std::string& column : table.columns)
    if (!seen.insert(column).second && !column.empty())
      errors.add("line 1", fmt::format("names the column '{}' twice", column));
  if (const auto nameless = std::count(table.columns.begin(), table.columns.end(), "");
      nameless > 1)
    errors.add("line 1", fmt::format("has {} columns without a name (commas end each line, "
                                     "perhaps). name them, or remove them",
                                     nameless));
  ErrorsByCause widths(errors);
  while (!scanner.at_end()) {
    const std::size_t line = scanner.line();
    std::vector<std::string> fields = scanner.next_record();
    if (fields.size() == 1 && fields[0].empty() && table.columns.size() > 1)
      continue;  // blank line
    if (fields.size() != table.columns.size()) {
      widths.add(fmt::format("line {}", line),
                 width_problem(std::vector<std::string_view>(fields.begin(), fields.end()),
                               table.columns.size()));
      continue;
    }
    table.rows.push_back(std::move(fields));
    table.lines.push_back(line);
  }
  widths.hand_over();
  errors.throw_if_any(ErrorCode::bad_input, name);
  return table;
}

std::string width_problem(std::span<const std::string_view> fields, std::size_t width) {
  std::string text =
      fmt::format("has {} where the first line has {}", counted(fields.size(), "field"), width);
  const auto is_blank = [](std::string_view field) {
    return field.find_first_not_of(" \t") == std::string_view::npos;
  };
  if (fields.size() > width) {
    const auto further = fields.subspan(width);
    text += std::all_of(further.begin(), further.end(), is_blank)
                ? " (commas end it). remove those at its end"
                : " (a text with a comma needs quotes). correct it";
  }
  return text;
}

std::string csv_field(std::string_view value) {
  if (value.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(value);
  std::string text = "\"";
  for (const char c : value) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

std::string csv_line(const std::vector<std::string>& fields) {
  std::string line;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) line += ',';
    line += csv_field(fields[i]);
  }
  return line + '\n';
}

}  // namespace crossfold
