#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/mistakes.h"

#include "matrix_file.h"
#include "text_rules.h"

namespace crossfold {
namespace {

constexpr std::size_t kMaxListed = 20;

/// The nearest float32, infinite when it is too large; nothing when the field is no number.
std::optional<float> float_from(std::string_view field) {
  field = without_blanks(field);
  const char* const end = field.data() + field.size();
  float value = 0;
  const auto parsed = std::from_chars(field.data(), end, value);
  if (field.empty() || parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc()) return value;
  // Out of range: below the smallest float32 (which counts as 0) or above the largest.
  double wide = 0;
  const auto reparsed = std::from_chars(field.data(), end, wide);
  if (reparsed.ec == std::errc() && std::abs(wide) < 1) return static_cast<float>(wide);
  const bool tiny = reparsed.ec != std::errc() && field.find("e-") != std::string_view::npos;
  return tiny ? 0.0F : std::numeric_limits<float>::infinity();
}

/// One line, cut at its commas; a first field in quotes may hold commas of its own.
std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  std::size_t from = 0;
  if (line.starts_with('"')) {
    std::size_t quote = line.find('"', 1);
    while (quote != std::string_view::npos && line.substr(quote).starts_with("\"\""))
      quote = line.find('"', quote + 2);
    if (quote != std::string_view::npos) from = quote;
  }
  std::size_t begin = 0;
  while (true) {
    const std::size_t comma = line.find(',', std::max(begin, from));
    fields.push_back(line.substr(begin, comma - begin));
    if (comma == std::string_view::npos) return fields;
    begin = comma + 1;
  }
}

/// An id as it stands between its quotes, if it has any.
std::string unquoted(std::string_view field) {
  if (field.size() < 2 || !field.starts_with('"') || !field.ends_with('"'))
    return std::string(field);
  std::string text;
  for (std::size_t i = 1; i + 1 < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"') ++i;
  }
  return text;
}

struct Line {
  std::size_t number = 0;
  std::string_view text;
};

std::vector<Line> lines_of(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!without_blanks(line).empty()) lines.push_back({number, line});
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

bool is_header(const std::vector<std::string_view>& fields) {
  if (fields.size() > 1 && without_blanks(fields[0]).empty()) return true;
  return std::any_of(fields.begin() + 1, fields.end(),
                     [](std::string_view field) { return !float_from(field); });
}

bool first_column_holds_ids(const std::vector<Line>& lines, bool header) {
  if (header) {
    const std::string title = unquoted(fields_of(lines.front().text).front());
    if (title == "id" || title == "image" || title.empty()) return true;
  }
  return std::any_of(lines.begin() + (header ? 1 : 0), lines.end(),
                     [](const Line& line) { return !float_from(fields_of(line.text).front()); });
}

}  // namespace

Matrix parse_number_table(std::string_view text, const std::string& name) {
  const std::vector<Line> lines = lines_of(text);
  const bool header = !lines.empty() && is_header(fields_of(lines.front().text));
  CF_VALIDATE(lines.size() > (header ? 1 : 0), ErrorCode::bad_input,
              "holds no numbers. write one line for each sample", name);
  const bool with_ids = first_column_holds_ids(lines, header);
  const std::size_t width = fields_of(lines.front().text).size();
  CF_VALIDATE(width > (with_ids ? 1 : 0), ErrorCode::bad_input,
              "has only a column of ids. write the numbers behind them", name);

  Matrix matrix{.rows = lines.size() - (header ? 1 : 0),
                .dim = width - (with_ids ? 1 : 0),
                .values = {},
                .ids = {}};
  matrix.values.reserve(matrix.rows * matrix.dim);
  Mistakes mistakes;
  std::size_t bad = 0;
  const auto mistake = [&](const Line& line, const std::string& message) {
    if (bad++ < kMaxListed) mistakes.add(fmt::format("line {}", line.number), message);
  };
  for (std::size_t i = header ? 1 : 0; i < lines.size(); ++i) {
    const std::vector<std::string_view> fields = fields_of(lines[i].text);
    if (fields.size() != width) {
      mistake(lines[i],
              fmt::format("has {} fields where the first line has {}", fields.size(), width));
      continue;
    }
    if (with_ids) matrix.ids.push_back(unquoted(fields.front()));
    for (std::size_t k = with_ids ? 1 : 0; k < width; ++k) {
      const std::optional<float> value = float_from(fields[k]);
      if (!value || !std::isfinite(*value))
        mistake(lines[i], fmt::format("field {} is '{:.40}' (a finite float32 is needed). correct "
                                      "it or leave the sample out",
                                      k + 1, fields[k]));
      else
        matrix.values.push_back(*value);
    }
  }
  if (bad > kMaxListed) mistakes.add("", fmt::format("and {} more", bad - kMaxListed));
  mistakes.throw_if_any(ErrorCode::bad_input, name);
  return matrix;
}

}  // namespace crossfold
