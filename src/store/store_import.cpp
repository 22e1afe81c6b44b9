#include "crossfold/store/store_import.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/core/errors_by_cause.h"
#include "crossfold/core/first_named.h"
#include "crossfold/core/validation_errors.h"

#include "feature_columns.h"
#include "matrix_file.h"
#include "store_format.h"
#include "zero_rows.h"

namespace crossfold {
namespace {

/// Row of the matrix for each sample; errors where the ids do not agree.
std::vector<std::size_t> rows_by_id(const Matrix& matrix, const std::vector<std::string>& ids,
                                    const std::string& where, ValidationErrors& errors) {
  std::unordered_map<std::string_view, std::size_t> row_of;
  ErrorsByCause by_cause(errors);
  const auto error = [&](const std::string& id, const char* message) {
    by_cause.add(fmt::format("{}: '{}'", where, id), message);
  };
  for (std::size_t row = 0; row < matrix.ids.size(); ++row)
    if (!row_of.emplace(matrix.ids[row], row).second)
      error(matrix.ids[row], "the id has several rows. leave one");
  std::vector<std::size_t> rows;
  for (const std::string& id : ids) {
    const auto found = row_of.find(id);
    if (found == row_of.end()) {
      error(
          id,
          "the sample of the manifest has no row. add it, or take the sample out of the manifest");
      continue;
    }
    rows.push_back(found->second);
    row_of.erase(found);
  }
  for (const std::string& id : matrix.ids)
    if (row_of.contains(id))
      error(id,
            "has a row, and the manifest does not know it. add it to the manifest, or take the row "
            "out");
  return rows;
}

std::vector<float> column_of(const std::vector<float>& values, std::size_t dim,
                             std::size_t column) {
  std::vector<float> numbers;
  numbers.reserve(values.size() / dim);
  for (std::size_t at = column; at < values.size(); at += dim) numbers.push_back(values[at]);
  return numbers;
}

/// Adds one error for the columns that are alike: "column 3" + `verb` + `what`.
void refuse_columns(const std::vector<std::string>& columns, const std::string& where,
                    const std::string& verb, const std::string& what, ValidationErrors& errors) {
  if (columns.empty()) return;
  errors.add(where, fmt::format("{} {}{} {}", first_named(columns), verb,
                                columns.size() == 1 ? "s" : "", what));
}

/// Names the columns that look like an index in this `order` of the rows.
void refuse_indices(const std::vector<float>& values, const std::vector<std::string>& columns,
                    const char* order, const std::string& where, ValidationErrors& errors) {
  std::map<std::string, std::vector<std::string>> found;  // by why they look so
  for (std::size_t column = 0; column < columns.size(); ++column)
    if (const auto look = index_look(column_of(values, columns.size(), column)))
      found[*look].push_back(columns[column]);
  for (const auto& [look, names] : found)
    refuse_columns(names, where, "look",
                   fmt::format("like an index or an id ({}{}). name all features by "
                               "--feature-columns, with what is one in spite of its look",
                               look, order),
                   errors);
}

/// The patients as codes.
std::vector<std::int32_t> codes_of(const std::vector<std::string>& groups) {
  std::unordered_map<std::string_view, std::int32_t> numbers;
  std::vector<std::int32_t> codes;
  codes.reserve(groups.size());
  for (const std::string& group : groups)
    codes.push_back(
        numbers.emplace(group, static_cast<std::int32_t>(numbers.size())).first->second);
  return codes;
}

/// Names the columns that give a label or the patient away.
void refuse_labels(const EmbeddingSet& set, const std::vector<std::string>& columns,
                   const SampleTable& samples, const std::string& where, ValidationErrors& errors) {
  std::map<std::string, std::vector<std::string>> found;
  const std::vector<std::int32_t> patients = codes_of(samples.group);
  for (std::size_t column = 0; column < set.info.dim; ++column) {
    const std::vector<float> numbers = column_of(set.values, set.info.dim, column);
    for (const auto& [field, labels] :
         {std::pair("class", &samples.class_label.codes),
          std::pair("domain", &samples.domain.codes), std::pair("patient", &patients)})
      if (determines_labels(numbers, *labels)) found[field].push_back(columns[column]);
  }
  for (const auto& [field, names] : found)
    refuse_columns(names, where, "give",
                   fmt::format("the {} away (each number stands under one {} alone, so the answer "
                               "would be among the features). leave it out by --feature-columns, "
                               "or say --allow-label-columns",
                               field, field),
                   errors);
}

std::string without_zeros(const std::string& id) {
  return id.substr(std::min(id.find_first_not_of('0'), id.size() - (id.empty() ? 0 : 1)));
}

std::string without_place(const std::string& id) {
  return std::filesystem::path(id).stem().string();
}

/// How many of `ids` are among `known` once both are reduced.
std::size_t alike_when(std::string (*reduced)(const std::string&),
                       const std::vector<std::string>& ids, const std::vector<std::string>& known) {
  std::set<std::string> others;
  for (const std::string& id : known) others.insert(reduced(id));
  return static_cast<std::size_t>(std::count_if(
      ids.begin(), ids.end(), [&](const std::string& id) { return others.contains(reduced(id)); }));
}

/// What may have happened to ids of which none is known.
std::string advice_on_ids(const std::vector<std::string>& ids,
                          const std::vector<std::string>& known) {
  if (const std::size_t alike = alike_when(without_zeros, ids, known); alike > 0)
    return fmt::format(
        "{} would be but for leading zeros, which spreadsheets and pandas remove from numbers. "
        "write that column as text (in pandas: dtype=str)",
        alike);
  if (const std::size_t alike = alike_when(without_place, ids, known); alike > 0)
    return fmt::format("{} would be but for folders and endings. write both alike", alike);
  return "name the column of the ids by --id-column";
}

/// When not one id is known: the wrong column was taken, or all were rewritten, on one side.
bool refuse_foreign_ids(const Matrix& matrix, const std::vector<std::string>& ids,
                        const std::string& where, ValidationErrors& errors) {
  const std::set<std::string_view> known(ids.begin(), ids.end());
  if (std::any_of(matrix.ids.begin(), matrix.ids.end(),
                  [&](const std::string& id) { return known.contains(id); }))
    return false;
  errors.add(where, fmt::format("none of its ids ({}, the first is '{}') is one of the "
                                "manifest's (the first is '{}'). {}",
                                matrix.id_column, matrix.ids.front(), ids.front(),
                                advice_on_ids(matrix.ids, ids)));
  return true;
}

/// Whether the ids are the numbers of the rows, from 0 or 1: what pandas or R writes by itself.
bool count_rows(const std::vector<std::string>& ids) {
  std::size_t number = ids.front() == "0" ? 0 : 1;
  return std::all_of(ids.begin(), ids.end(),
                     [&](const std::string& id) { return id == std::to_string(number++); });
}

/// The row in which both differ first, of as many of each.
std::size_t first_difference(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

/// How the user says that the index is the ids: a number where it names the manifest's ids too.
std::string way_to_name_ids(std::size_t column, const Manifest& manifest) {
  const std::vector<ManifestColumn>& columns = manifest.columns;
  const bool same_number = column <= columns.size() && columns[column - 1].use.starts_with("id");
  return same_number ? fmt::format("say --id-column {}", column) : "give it the title 'id'";
}

/// Where an index stands for the ids, whether its numbers could as well count the rows, which then
/// is an error. An index that surely counts them is taken for no ids once the features are named.
bool refuse_index(Matrix& matrix, const Manifest& manifest, const ImportRequest& request,
                  const std::string& where, ValidationErrors& errors) {
  const std::vector<std::string>& ids = manifest.samples.id;
  if (!matrix.unnamed_ids || !count_rows(matrix.ids) || matrix.ids == ids) return false;
  const std::set<std::string_view> known(ids.begin(), ids.end());
  const bool are_known = std::any_of(matrix.ids.begin(), matrix.ids.end(),
                                     [&](const auto& id) { return known.contains(id); });
  if (are_known && matrix.rows == ids.size()) {
    const std::size_t row = first_difference(matrix.ids, ids);
    errors.add(where,
               fmt::format("{} counts the rows from {}, and the manifest's ids are such numbers in "
                           "another order: row {} is '{}' here and '{}' there (whether it is the "
                           "ids or an index cannot be told, and a wrong guess gives each sample "
                           "another's features). if it is the ids, {}; if it is an index, remove "
                           "it: rows without ids are taken in the manifest's order",
                           matrix.id_column, matrix.ids.front(), row + 1, matrix.ids[row], ids[row],
                           way_to_name_ids(*matrix.unnamed_ids, manifest)));
    return true;
  }
  if (are_known) return false;
  if (request.features.empty()) {
    errors.add(where, fmt::format("has an index and no ids ({} counts the rows from {}; the first "
                                  "id of the manifest is '{}'). add a column of ids, or, if the "
                                  "rows stand in the manifest's order, name the features by "
                                  "--feature-columns (FIRST..LAST is a range)",
                                  matrix.id_column, matrix.ids.front(), ids.front()));
    return true;
  }
  matrix.ids.clear();
  return false;
}

/// The set in the manifest's order; nothing when it does not fit the manifest.
std::optional<EmbeddingSet> to_set(const MatrixSource& source, Matrix matrix,
                                   const std::vector<std::string>& ids, ValidationErrors& errors) {
  const std::string where = source.file.string();
  EmbeddingSet set;
  set.info.name = source.name;
  set.info.dim = matrix.dim;
  set.info.extractor = fmt::format("imported from {}", source.file.filename().string());
  if (matrix.ids.empty()) {
    if (matrix.rows != ids.size()) {
      errors.add(where, fmt::format("has {} rows where the manifest has {} samples (rows without "
                                    "ids must stand in its order). give both for the same "
                                    "samples",
                                    matrix.rows, ids.size()));
      return std::nullopt;
    }
    set.values = std::move(matrix.values);
    return set;
  }
  if (refuse_foreign_ids(matrix, ids, where, errors)) return std::nullopt;
  const std::vector<std::size_t> rows = rows_by_id(matrix, ids, where, errors);
  if (rows.size() != ids.size()) return std::nullopt;
  set.values.reserve(matrix.values.size());
  for (const std::size_t row : rows) {
    const auto first = matrix.values.begin() + static_cast<std::ptrdiff_t>(row * matrix.dim);
    set.values.insert(set.values.end(), first, first + static_cast<std::ptrdiff_t>(matrix.dim));
  }
  return set;
}

/// Looks for rows of zeros in the file's order, where those that were never written are the last.
void look_for_zeros(const Matrix& matrix, const std::vector<std::string>& ids,
                    const std::string& where, std::vector<std::string>& notes,
                    ValidationErrors& errors) {
  ZeroRows zeros(matrix.dim);
  zeros.add(matrix.values);
  const std::vector<std::string>& names = matrix.ids.empty() ? ids : matrix.ids;
  if (zeros.refuse_unwritten(where, errors) || names.size() != matrix.rows) return;
  if (const auto note = zeros.note(names)) notes.push_back(where + ": " + *note);
}

/// ValidationErrors of several files: a bad one does not keep the others from being read.
class FileErrors {
 public:
  void attempt(const std::function<void()>& step) {
    try {
      step();
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
      const std::size_t before = list_.lines().size();
      list_.add("", error.what());  // nothing new of a file that is named twice
      if (error.code() == ErrorCode::io) unreadable_ += list_.lines().size() - before;
    }
  }
  [[nodiscard]] ValidationErrors& list() { return list_; }
  /// Error{io} when files could not be read and nothing else is wrong.
  void throw_if_any(const std::string& subject) const {
    list_.throw_if_any(unreadable_ == list_.lines().size() ? ErrorCode::io : ErrorCode::bad_input,
                       subject);
  }

 private:
  ValidationErrors list_;
  std::size_t unreadable_ = 0;
};

}  // namespace

MatrixSource parse_matrix_source(const std::string& text) {
  const std::size_t sign = text.find('=');
  const std::string name = text.substr(0, sign);
  CF_VALIDATE(sign != std::string::npos && sign + 1 < text.size() && split_embedding_name(name),
              ErrorCode::usage,
              fmt::format("'{}' does not name a matrix. write EXTRACTOR/PREPROCESSING=FILE, as in "
                          "densenet121/raw=features.npy",
                          text));
  return {.name = name, .file = text.substr(sign + 1)};
}

ImportReport import_store(const ImportRequest& request) {
  CF_VALIDATE(!request.matrices.empty(), ErrorCode::usage,
              "no matrix is given (a store needs an embedding set). name one as "
              "EXTRACTOR/PREPROCESSING=FILE");
  FileErrors errors;
  std::optional<Manifest> manifest;
  errors.attempt(
      [&] { manifest = read_manifest(request.manifest, request.columns, request.values); });
  ImportReport report;
  std::vector<EmbeddingSet> sets;
  for (const MatrixSource& source : request.matrices)
    errors.attempt([&] {
      Matrix matrix =
          read_matrix(source.file, {.id = request.columns.id, .features = request.features});
      const std::string where = source.file.string();
      const std::size_t errors_before = errors.list().lines().size();
      if (request.features.empty())
        refuse_indices(matrix.values, matrix.columns, "", where, errors.list());
      if (!manifest || refuse_index(matrix, *manifest, request, where, errors.list())) return;
      look_for_zeros(matrix, manifest->samples.id, where, report.notes, errors.list());
      const auto rows =
          matrix.ids.empty() ? ImportReport::Set::Rows::in_order : ImportReport::Set::Rows::by_id;
      report.sets.push_back(
          {.name = source.name, .file = source.file, .dim = matrix.dim, .rows = rows});
      const std::vector<std::string> columns = matrix.columns;
      auto set = to_set(source, std::move(matrix), manifest->samples.id, errors.list());
      if (!set) return;
      // What was counted in the manifest's order shows only there.
      if (request.features.empty() && errors.list().lines().size() == errors_before)
        refuse_indices(set->values, columns, ", in the manifest's order", where, errors.list());
      if (request.label_columns == LabelColumns::refuse)
        refuse_labels(*set, columns, manifest->samples, where, errors.list());
      sets.push_back(std::move(*set));
    });
  errors.throw_if_any(request.store.string());
  report.change = add_to_store(request.store, manifest->samples, sets, request.same_name);
  report.samples = manifest->samples.size();
  report.columns = std::move(manifest->columns);
  report.notes.insert(report.notes.begin(), manifest->notes.begin(), manifest->notes.end());
  report.warnings = std::move(manifest->warnings);
  return report;
}

}  // namespace crossfold
