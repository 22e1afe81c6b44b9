#include "crossfold/store/store_export.h"

#include <cmath>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

namespace crossfold {
namespace {

const EmbeddingInfo& find_set(const StoreContents& store, const std::string& name) {
  const EmbeddingInfo* info = store.find(name);
  if (info != nullptr) return *info;
  std::vector<std::string> names;
  for (const EmbeddingInfo& known : store.embeddings) names.push_back(known.name);
  throw Error(
      ErrorCode::bad_input,
      fmt::format("has no embedding set '{}'. choose one of {}", name, fmt::join(names, ", ")),
      store.path.string());
}

std::vector<std::string> header_of(const StoreContents& store, std::size_t dim) {
  std::vector<std::string> header = {"id", "group", "class", "domain", "role"};
  for (const Attribute& attribute : store.samples.attributes) header.push_back(attribute.name);
  for (std::size_t k = 0; k < dim; ++k) header.push_back(fmt::format("z{}", k));
  std::set<std::string> seen;
  for (const std::string& column : header)
    CF_VALIDATE(seen.insert(column).second, ErrorCode::bad_input,
                fmt::format("its attribute '{}' has the name of another column. rename it in the "
                            "store",
                            column),
                store.path.string());
  return header;
}

std::string label_text(const CodedColumn& column, std::size_t row) {
  const std::string* name = column.name_of(row);
  return name == nullptr ? std::string() : csv_field(*name);
}

std::string value_text(const Attribute& attribute, std::size_t row) {
  if (const auto* column = std::get_if<CodedColumn>(&attribute.values))
    return label_text(*column, row);
  const double number = std::get<std::vector<double>>(attribute.values)[row];
  return std::isnan(number) ? std::string() : fmt::format("{}", number);
}

}  // namespace

void export_csv(const StoreContents& store, const std::string& embedding, std::ostream& out) {
  const EmbeddingInfo& info = find_set(store, embedding);
  out << csv_line(header_of(store, info.dim));
  std::vector<float> values(info.rows * info.dim);
  read_embedding(store.path, info, values);
  const SampleTable& samples = store.samples;
  fmt::memory_buffer line;
  for (std::size_t row = 0; row < samples.size() && out; ++row) {
    line.clear();
    fmt::format_to(std::back_inserter(line), "{},{},{},{},{}", csv_field(samples.id[row]),
                   csv_field(samples.group[row]), label_text(samples.class_label, row),
                   label_text(samples.domain, row), label_text(samples.role, row));
    for (const Attribute& attribute : samples.attributes)
      fmt::format_to(std::back_inserter(line), ",{}", value_text(attribute, row));
    for (std::size_t k = 0; k < info.dim; ++k)
      fmt::format_to(std::back_inserter(line), ",{}", values[row * info.dim + k]);
    line.push_back('\n');
    out.write(line.data(), static_cast<std::streamsize>(line.size()));
  }
  out.flush();
  CF_VALIDATE(out.good(), ErrorCode::io,
              "the table could not be written. free space or choose another place");
}

void export_csv(const StoreContents& store, const std::string& embedding,
                const std::filesystem::path& path) {
  write_file_whole(path, [&](const std::filesystem::path& temporary) {
    std::ofstream file(temporary, std::ios::binary);
    CF_VALIDATE(file.is_open(), ErrorCode::io,
                "cannot be created. choose a folder that exists and can be written to",
                path.string());
    export_csv(store, embedding, file);
  });
}

}  // namespace crossfold
