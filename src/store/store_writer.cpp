#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/hdf5/file.h"
#include "crossfold/store/store.h"

#include "embedding_sources.h"
#include "equal_rows.h"
#include "matrix_hash.h"
#include "store_format.h"

namespace crossfold {
namespace {

namespace format = store_format;
using hdf5::Dataset;
using hdf5::Group;
using hdf5::Layout;

/// About 1 MiB a chunk, in whole rows.
Layout layout_for(std::size_t rows, std::size_t row_bytes) {
  const std::size_t wanted = (std::size_t{1} << 20) / row_bytes;
  return {.chunk_rows = std::clamp<std::size_t>(wanted, 1, rows),
          .checksum = Layout::Checksum::fletcher32};
}

/// Gives `take` all rows in blocks: the first row of each, and its numbers.
template <class Take>
void for_each_block(const EmbeddingSource& set, const Take& take) {
  const std::size_t rows = set.info.rows;
  const std::size_t dim = set.info.dim;
  if (rows == 0) return;
  const std::size_t step = rows_at_once(layout_for(rows, sizeof(float) * dim).chunk_rows, dim);
  std::vector<float> block;
  for (std::size_t first = 0; first < rows; first += step) {
    block.resize(std::min(step, rows - first) * dim);
    set.read(first, block);
    take(first, block);
  }
}

void check_numbers(const EmbeddingSource& set, const std::string& where, ValidationErrors& errors) {
  std::size_t bad = 0;
  std::string first_bad;
  const std::size_t dim = set.info.dim;
  EqualRows equal(dim);
  for_each_block(set, [&](std::size_t first, std::span<const float> block) {
    equal.add(block);
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (std::isfinite(block[i]) || bad++ > 0) continue;
      first_bad = fmt::format("{} in row {}, column {}", block[i], first + i / dim, i % dim);
    }
  });
  if (bad == 0) return equal.report(where, errors);
  errors.add(where, fmt::format("{} of its numbers are not finite, the first: {} (training on "
                                "them gives only nan). compute these rows again or leave the "
                                "samples out",
                                bad, first_bad));
}

void check_set(const EmbeddingSource& set, std::size_t rows, ValidationErrors& errors) {
  const std::string where = "/embeddings/" + set.info.name;
  const std::size_t dim = set.info.dim;
  if (!split_embedding_name(set.info.name))
    errors.add(where, fmt::format("'{}' is no name for an embedding set. use "
                                  "<extractor>/<preprocessing>, with one '/'",
                                  set.info.name));
  if (dim == 0 || dim > format::kMaxDim) {
    errors.add(where, fmt::format("has {} columns (1 to {} are allowed)", dim, format::kMaxDim));
  } else if (set.info.rows != rows) {
    errors.add(where, fmt::format("has {} rows where there are {} samples (each sample has one "
                                  "row). give both in the same order",
                                  set.info.rows, rows));
  } else {
    check_numbers(set, where, errors);
  }
}

void check_contents(const SampleTable& samples, const std::vector<EmbeddingSource>& embeddings,
                    ValidationErrors& errors) {
  check_samples(samples, errors);
  if (samples.size() > format::kMaxSamples)
    errors.add("/samples/id", fmt::format("has {} rows (at most {} samples are allowed)",
                                          samples.size(), format::kMaxSamples));
  if (embeddings.empty())
    errors.add("/embeddings", "there is no embedding set (nothing to train on). give one");
  std::set<std::string> names;
  for (const EmbeddingSource& set : embeddings) {
    if (!names.insert(set.info.name).second)
      errors.add("/embeddings/" + set.info.name, "is given twice. give each set its own name");
    check_set(set, samples.size(), errors);
  }
}

Dataset write_codes(Group& group, const std::string& name, const CodedColumn& column) {
  Dataset dataset = group.write<std::int32_t>(name, column.codes, {column.codes.size()},
                                              layout_for(column.codes.size(), 4));
  dataset.write_attribute("levels", column.levels);
  return dataset;
}

void write_attributes(Group& root, const std::vector<Attribute>& attributes) {
  if (attributes.empty()) return;
  Group group = root.create_group("attributes");
  for (const Attribute& attribute : attributes) {
    const auto* column = std::get_if<CodedColumn>(&attribute.values);
    const auto* numbers = std::get_if<std::vector<double>>(&attribute.values);
    Dataset dataset = column != nullptr
                          ? write_codes(group, attribute.name, *column)
                          : group.write<double>(attribute.name, *numbers, {numbers->size()},
                                                layout_for(numbers->size(), sizeof(double)));
    dataset.write_attribute(format::kContentHash, attribute.content_hash().hex());
  }
}

void write_sets(Group& root, std::size_t rows, const std::vector<EmbeddingSource>& embeddings) {
  std::vector<const EmbeddingSource*> sorted;
  sorted.reserve(embeddings.size());
  for (const EmbeddingSource& set : embeddings) sorted.push_back(&set);
  std::sort(sorted.begin(), sorted.end(), [](const EmbeddingSource* a, const EmbeddingSource* b) {
    return a->info.name < b->info.name;
  });
  Group group = root.create_group("embeddings");
  for (const EmbeddingSource* set : sorted) {
    const auto [extractor, preprocessing] = *split_embedding_name(set->info.name);
    Group sets =
        group.find(extractor) ? group.open_group(extractor) : group.create_group(extractor);
    const std::size_t dim = set->info.dim;
    Dataset matrix = sets.create_dataset<float>(preprocessing, {rows, dim},
                                                layout_for(rows, sizeof(float) * dim));
    MatrixHasher hasher(rows, dim);
    for_each_block(*set, [&](std::size_t first, std::span<const float> block) {
      matrix.write_rows<float>(first, block.size() / dim, block);
      hasher.add(block);
    });
    const std::pair<const char*, const std::string&> texts[] = {
        {"extractor", set->info.extractor},
        {"extractor_hash", set->info.extractor_hash},
        {"preprocessing", set->info.preprocessing}};
    for (const auto& [name, text] : texts)
      if (!text.empty()) matrix.write_attribute(name, text);
    matrix.write_attribute(format::kContentHash, hasher.finish().hex());
  }
}

void write_images(Group& root, std::span<const Digest> images) {
  if (images.empty()) return;
  constexpr std::size_t kBytes = sizeof(Digest::bytes);
  std::vector<std::uint8_t> bytes;
  bytes.reserve(images.size() * kBytes);
  for (const Digest& image : images)
    bytes.insert(bytes.end(), image.bytes.begin(), image.bytes.end());
  root.create_group(format::kImages)
      .write<std::uint8_t>(format::kImageHash, bytes, {images.size(), kBytes},
                           layout_for(images.size(), kBytes));
}

void write_all(Group root, const SampleTable& samples,
               const std::vector<EmbeddingSource>& embeddings, std::span<const Digest> images) {
  root.write_attribute("format", format::kFormat);
  root.write_attribute("format_version", format::kVersion);
  Group group = root.create_group("samples");
  group.write_attribute(format::kLabelHash, samples.label_hash().hex());
  group.write_texts("id", samples.id);
  group.write_texts("group", samples.group);
  write_codes(group, "class", samples.class_label);
  write_codes(group, "domain", samples.domain);
  write_codes(group, "role", samples.role);
  write_attributes(root, samples.attributes);
  write_images(root, images);
  write_sets(root, samples.size(), embeddings);
}

void write_file(const std::filesystem::path& path, const SampleTable& samples,
                const std::vector<EmbeddingSource>& embeddings, std::span<const Digest> images) {
  hdf5::File file = hdf5::File::create(path);
  write_all(file.root(), samples, embeddings, images);
  file.close();
}

}  // namespace

void write_store(const std::filesystem::path& path, const SampleTable& samples,
                 const std::vector<EmbeddingSet>& embeddings) {
  std::vector<EmbeddingSource> sources;
  sources.reserve(embeddings.size());
  for (const EmbeddingSet& set : embeddings) sources.push_back(source_of(set));
  write_store_in_blocks(path, samples, sources);
}

void write_store_in_blocks(const std::filesystem::path& path, const SampleTable& samples,
                           const std::vector<EmbeddingSource>& embeddings,
                           std::span<const Digest> images, const std::function<void()>& check) {
  CF_EXPECT(images.empty() || images.size() == samples.size());
  ValidationErrors errors;
  check_contents(samples, embeddings, errors);
  errors.throw_if_any(ErrorCode::bad_input, path.string());
  write_file_whole(
      path,
      [&](const std::filesystem::path& temporary) {
        write_file(temporary, samples, embeddings, images);
        (void)hdf5::File::open(temporary);  // fails when closing could not write the last bytes
      },
      check);
}

}  // namespace crossfold
