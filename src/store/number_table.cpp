#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/errors_by_cause.h"
#include "crossfold/core/number_text.h"
#include "crossfold/core/text_encoding.h"
#include "crossfold/manifest/manifest_columns.h"
#include "crossfold/samples/text_rules.h"

#include "feature_columns.h"
#include "matrix_file.h"

namespace crossfold {
namespace {

using Fields = std::vector<std::string_view>;

/// The nearest float32, infinite when it is too large; nothing when the field is no number.
std::optional<float> float_from(std::string_view field) {
  field = without_plus(without_blanks(field));
  const char* const end = field.data() + field.size();
  float value = 0;
  const auto parsed = std::from_chars(field.data(), end, value);
  if (field.empty() || parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc()) return value;
  // Out of range: below the smallest float32 (which counts as 0) or above the largest.
  double wide = 0;
  if (std::from_chars(field.data(), end, wide).ec != std::errc())
    wide = rounded_out_of_range(field);
  if (std::abs(wide) < 1) return static_cast<float>(wide);
  return wide < 0 ? -std::numeric_limits<float>::infinity()
                  : std::numeric_limits<float>::infinity();
}

/// Where the field that begins at `begin` ends: at a comma that is not between quotes.
std::size_t field_end(std::string_view line, std::size_t begin) {
  std::size_t from = begin;
  if (line.substr(begin).starts_with('"')) {
    std::size_t quote = line.find('"', begin + 1);
    while (quote != std::string_view::npos && line.substr(quote).starts_with("\"\""))
      quote = line.find('"', quote + 2);
    if (quote != std::string_view::npos) from = quote;
  }
  return std::min(line.find(',', from), line.size());
}

/// A number as it stands between its quotes, if it has any.
std::string_view bare(std::string_view field) {
  const bool quoted = field.size() > 1 && field.starts_with('"') && field.ends_with('"');
  return quoted ? field.substr(1, field.size() - 2) : field;
}

/// One line, cut at its commas.
Fields fields_of(std::string_view line) {
  Fields fields;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = field_end(line, begin);
    fields.push_back(line.substr(begin, end - begin));
    begin = end + 1;
  }
  return fields;
}

/// A text as it stands between its quotes, if it has any.
std::string unquoted(std::string_view field) {
  if (bare(field).size() == field.size()) return std::string(field);
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

/// Lines that are not blank; they end with LF, CRLF or CR.
std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    if (!without_blanks(line).empty()) lines.push_back({number, line});
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : text.empty() ? 0 : 1);
  }
  return lines;
}

bool is_id_title(const std::string& title) {
  const ManifestField* field = field_of_title(title);
  return field != nullptr && (field->name == "id" || field->name == "image");
}

bool is_number(std::string_view field) { return float_from(bare(field)).has_value(); }

/// Of several columns.
bool names_columns(const Fields& fields) {
  const std::string first = unquoted(fields.front());
  if (without_blanks(first).empty() || is_id_title(first)) return true;
  return !std::all_of(fields.begin() + 1, fields.end(), is_number);
}

/// Reads a table of numbers in steps: titles, ids, features, numbers.
class NumberTable {
 public:
  NumberTable(std::string_view text, const std::string& name, const MatrixColumns& columns)
      : name_(name), wanted_(columns), lines_(lines_of(text)) {
    if (!lines_.empty()) read_titles();
    CF_VALIDATE(!lines_.empty(), ErrorCode::bad_input,
                "holds no numbers. write one line for each sample", name_);
  }

  Matrix read() {
    ids_ = find_ids();
    if (ids_) refuse_other_encodings(*ids_);
    const std::vector<std::size_t> features = find_features();
    throw_if_any();
    CF_VALIDATE(!features.empty(), ErrorCode::bad_input,
                "has only a column of ids. write the numbers behind them", name_);
    Matrix matrix{
        .rows = lines_.size(), .dim = features.size(), .values = {}, .ids = {}, .columns = {}};
    if (ids_) matrix.id_column = called(*ids_);
    if (ids_ && !titles_.empty() && is_index_title(titles_[*ids_]) && ids_ != named_ids())
      matrix.unnamed_ids = *ids_ + 1;
    for (const std::size_t column : features) matrix.columns.push_back(called(column));
    matrix.values.reserve(matrix.rows * matrix.dim);
    for (const Line& line : lines_) read_line(line, features, matrix);
    throw_if_any();
    return matrix;
  }

 private:
  void read_titles() {
    const Fields first = fields_of(lines_.front().text);
    CF_VALIDATE(
        first.size() > 1 || lines_.front().text.find_first_of(";\t") == std::string_view::npos,
        ErrorCode::bad_input,
        "its fields are separated by semicolons or tabs (commas are needed). save it with "
        "commas",
        name_);
    width_ = first.size();
    if (!is_header(first)) return;
    for (const std::string_view field : first)
      titles_.emplace_back(without_blanks(unquoted(field)));
    lines_.erase(lines_.begin());
  }

  /// Whether the first line names the columns. Of one column it does where it alone is no number.
  [[nodiscard]] bool is_header(const Fields& first) const {
    if (first.size() > 1) return names_columns(first);
    const auto is_number_line = [](const Line& line) { return is_number(line.text); };
    return lines_.size() > 1 && !is_number_line(lines_.front()) &&
           std::all_of(lines_.begin() + 1, lines_.end(), is_number_line);
  }

  /// "column 'f0'", or by its number.
  [[nodiscard]] std::string called(std::size_t column) const {
    return titles_.empty() || titles_[column].empty() ? fmt::format("column {}", column + 1)
                                                      : fmt::format("column '{}'", titles_[column]);
  }

  std::optional<std::size_t> find_ids() {
    if (const auto named = named_ids()) return named;
    if (titles_.empty()) return holds_text(0) ? std::optional<std::size_t>(0) : std::nullopt;
    const ManifestField& id = manifest_fields().front();
    for (const std::vector<std::string>* names : {&id.names, &id.fallbacks}) {
      const std::vector<std::size_t> found =
          titled([&](const std::string& title) { return is_one_of_titles(title, *names); });
      if (found.size() == 1) return found.front();
      if (found.size() > 1) {
        errors_.add("line 1", fmt::format("{} and {} could each be the ids (which one is meant "
                                          "cannot be told). choose one by --id-column",
                                          called(found[0]), called(found[1])));
        return found.front();
      }
    }
    if (is_index_title(titles_[0]) || holds_text(0)) return 0;
    return std::nullopt;
  }

  /// The column that the user names. The name is the manifest's too: a number leaves alone what is
  /// a feature here.
  [[nodiscard]] std::optional<std::size_t> named_ids() const {
    if (!wanted_.id) return std::nullopt;
    const std::optional<std::size_t> column = column_called(*wanted_.id, titles_, width_);
    if (!column || (!titles_.empty() && titles_[*column] == *wanted_.id)) return column;
    const bool may_be_ids = titles_.empty() ? counts_or_names(*column)
                                            : is_index_title(titles_[*column]) ||
                                                  is_id_title(titles_[*column]) ||
                                                  ends_in_id_word(titles_[*column]);
    return may_be_ids ? column : std::nullopt;
  }

  /// Whether a column without title holds whole numbers or texts, no two equal.
  [[nodiscard]] bool counts_or_names(std::size_t column) const {
    std::set<std::string_view> seen;
    return std::all_of(lines_.begin(), lines_.end(), [&](const Line& line) {
      const Fields fields = fields_of(line.text);
      if (column >= fields.size()) return false;
      const std::optional<float> number = float_from(bare(fields[column]));
      return (!number || *number == std::trunc(*number)) && seen.insert(fields[column]).second;
    });
  }

  template <class Is>
  [[nodiscard]] std::vector<std::size_t> titled(const Is& is) const {
    std::vector<std::size_t> found;
    for (std::size_t column = 0; column < titles_.size(); ++column)
      if (is(titles_[column])) found.push_back(column);
    return found;
  }

  static bool is_one_of_titles(const std::string& title, const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return plain_title(name) == plain_title(title);
    });
  }

  [[nodiscard]] bool holds_text(std::size_t column) const {
    return std::any_of(lines_.begin(), lines_.end(), [&](const Line& line) {
      const Fields fields = fields_of(line.text);
      return column < fields.size() && !float_from(bare(fields[column]));
    });
  }

  void refuse_other_encodings(std::size_t column) {
    for (const Line& line : lines_) {
      const Fields fields = fields_of(line.text);
      if (column < fields.size() && !is_utf8(fields[column]))
        errors_.add(place(line), fmt::format("{} is not UTF-8 (Latin-1 or Windows-1252, perhaps, "
                                             "or no text at all). save the file as UTF-8",
                                             called(column)));
    }
  }

  std::vector<std::size_t> find_features() {
    if (!wanted_.features.empty())
      return choose_features(wanted_.features, titles_, width_, all_errors_);
    std::vector<std::size_t> features;
    for (std::size_t column = 0; column < width_; ++column) {
      if (column == ids_ || refuse_empty(column)) continue;
      features.push_back(column);
      if (!titles_.empty() && !refuse_title(column)) refuse_texts(column);
    }
    return features;
  }

  /// Whether a column has neither title nor values: what commas at the ends of lines make.
  bool refuse_empty(std::size_t column) {
    if (titles_.empty() || !titles_[column].empty()) return false;
    for (const Line& line : lines_) {
      const Fields fields = fields_of(line.text);
      if (column < fields.size() && !without_blanks(bare(fields[column])).empty()) return false;
    }
    errors_.add("line 1: " + called(column),
                "has neither a name nor a value (a comma ends each line, perhaps). remove it");
    return true;
  }

  /// A label or an index among the features would be trained on. Whether it is one.
  bool refuse_title(std::size_t column) {
    const ManifestField* field = field_of_title(titles_[column]);
    const bool is_index = is_index_title(titles_[column]);
    if (field == nullptr && !is_index && !ends_in_id_word(titles_[column])) return false;
    const std::string what = field != nullptr ? "the " + field->name
                             : is_index       ? "an index"
                                              : "an id";
    errors_.add("line 1: " + called(column),
                fmt::format("looks like {} and no feature. name the features by --feature-columns "
                            "(FIRST..LAST is a range)",
                            what));
    return true;
  }

  /// One error for a column without any number, in place of one in every line.
  void refuse_texts(std::size_t column) {
    for (const Line& line : lines_) {
      const Fields fields = fields_of(line.text);
      if (column >= fields.size() || float_from(bare(fields[column]))) return;
    }
    const Line& first = lines_.front();
    errors_.add(fmt::format("line 1: {} ('{:.40}' in line {})", called(column),
                            fields_of(first.text)[column], first.number),
                "holds no number (features are numbers). name the features by --feature-columns "
                "(FIRST..LAST is a range)");
  }

  void throw_if_any() {
    errors_.hand_over();
    all_errors_.throw_if_any(ErrorCode::bad_input, name_);
  }

  static std::string place(const Line& line) { return fmt::format("line {}", line.number); }

  void read_line(const Line& line, const std::vector<std::size_t>& features, Matrix& matrix) {
    const Fields fields = fields_of(line.text);
    if (fields.size() != width_)
      return errors_.add(place(line), width_problem({fields.begin(), fields.end()}, width_));
    if (ids_) matrix.ids.push_back(unquoted(fields[*ids_]));
    for (const std::size_t column : features) {
      const std::optional<float> value = float_from(bare(fields[column]));
      if (!value || !std::isfinite(*value))  // one a line: a file may hold nothing else
        return errors_.add(
            fmt::format("{} (field {}, '{:.40}')", place(line), column + 1, fields[column]),
            "is no finite float32. correct it or leave the sample out");
      matrix.values.push_back(*value);
    }
  }

  const std::string& name_;
  const MatrixColumns& wanted_;
  std::vector<Line> lines_;          ///< without the titles
  std::vector<std::string> titles_;  ///< empty: the file has none
  std::size_t width_ = 0;
  std::optional<std::size_t> ids_;
  ValidationErrors all_errors_;
  ErrorsByCause errors_{all_errors_};
};

}  // namespace

Matrix parse_number_table(std::string_view bytes, const std::string& name,
                          const MatrixColumns& columns) {
  const std::string text = text_from_bytes(bytes, name);
  return NumberTable(text, name, columns).read();
}

}  // namespace crossfold
