#include "crossfold/store/store.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <gmock/gmock.h>

#include "crossfold/store/store_bytes.h"

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "store/sample_store.h"

namespace crossfold {
namespace {

using test::twelve_rows;
using test::twelve_samples;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Store : public ::testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";

  void write() const {
    EmbeddingSet first = twelve_rows("net/raw", 3);
    first.info.extractor = "net 1.0";
    first.info.extractor_hash = "abc";
    first.info.preprocessing = "none";
    write_store(path_, twelve_samples(), {twelve_rows("other/raw", 5), first});
  }
};

void expect_same(const SampleTable& a, const SampleTable& b) {
  EXPECT_EQ(a.label_hash(), b.label_hash());
  ASSERT_EQ(a.attributes.size(), b.attributes.size());
  for (std::size_t i = 0; i < a.attributes.size(); ++i) {
    EXPECT_EQ(a.attributes[i].name, b.attributes[i].name);
    EXPECT_EQ(a.attributes[i].content_hash(), b.attributes[i].content_hash());
  }
}

TEST_F(Store, ComesBackAsItWasWritten) {
  write();
  const StoreContents store = open_store(path_);
  EXPECT_EQ(store.path, path_);
  expect_same(store.samples, twelve_samples());
  EXPECT_THAT(store.notes, IsEmpty());
  ASSERT_EQ(store.embeddings.size(), 2u);
  const EmbeddingInfo& info = *store.find("net/raw");
  EXPECT_EQ(&info, &store.embeddings.front());
  EXPECT_EQ(info.rows, 12u);
  EXPECT_EQ(info.dim, 3u);
  EXPECT_EQ(info.extractor, "net 1.0");
  EXPECT_EQ(info.extractor_hash, "abc");
  EXPECT_EQ(info.preprocessing, "none");
  std::vector<float> values(36);
  read_embedding(path_, info, values);
  EXPECT_EQ(values, twelve_rows("net/raw", 3).values);
  EXPECT_EQ(info.content, embedding_hash(12, 3, values));
  EXPECT_EQ(store.find("net/other"), nullptr);
}

TEST_F(Store, EqualContentGivesEqualBytes) {
  write();
  const std::string first = test::bytes_of(path_);
  write();
  EXPECT_EQ(test::bytes_of(path_), first);
}

/// 14 MB: several blocks, and chunks that do not divide the rows.
struct ManyBlocks {
  static constexpr std::size_t kRows = 5000;
  static constexpr std::size_t kDim = 700;
  SampleTable samples;
  EmbeddingSet set;

  ManyBlocks() {
    for (std::size_t i = 0; i < kRows; ++i) samples.id.push_back(std::to_string(i));
    samples.group = samples.id;
    samples.class_label = {.codes = std::vector<std::int32_t>(kRows, 0), .levels = {"a"}};
    samples.domain = samples.class_label;
    samples.role = {.codes = samples.class_label.codes, .levels = role_levels()};
    set.info.name = "net/raw";
    set.info.dim = kDim;
    for (std::size_t i = 0; i < kRows * kDim; ++i)
      set.values.push_back(static_cast<float>(i % 9973));
  }
};

TEST_F(Store, OfManyBlocksIsReadWhole) {
  const ManyBlocks many;
  write_store(path_, many.samples, {many.set});
  const StoreContents store = open_store(path_);
  std::vector<float> values(many.set.values.size());
  read_embedding(path_, store.embeddings.front(), values);
  EXPECT_EQ(values, many.set.values);
}

/// Reads from a set in memory and remembers the largest block asked for.
EmbeddingSource source_of(const EmbeddingSet& set, std::size_t& largest) {
  EmbeddingSource source{.info = set.info, .read = {}};
  source.info.rows = set.values.size() / set.info.dim;
  source.read = [&](std::size_t first, std::span<float> out) {
    largest = std::max(largest, out.size_bytes());
    std::copy_n(&set.values[first * set.info.dim], out.size(), out.begin());
  };
  return source;
}

TEST_F(Store, WrittenInBlocksIsTheSameToTheByte) {
  ManyBlocks many;
  write_store(path_, many.samples, {many.set});
  const std::string expected = test::bytes_of(path_);
  std::size_t largest = 0;
  write_store_in_blocks(path_, many.samples, {source_of(many.set, largest)});
  EXPECT_EQ(test::bytes_of(path_), expected);
  EXPECT_LE(largest, std::size_t{4} << 20);  // of 14 MB

  many.set.values[ManyBlocks::kDim * 4000 + 3] = std::numeric_limits<float>::infinity();
  expect_error(ErrorCode::bad_input,
               path_.string() +
                   ": /embeddings/net/raw: 1 of its numbers are not finite, the first: inf in row "
                   "4000, column 3 (training on them gives only nan). compute these rows again or "
                   "leave the samples out",
               [&] { write_store_in_blocks(path_, many.samples, {source_of(many.set, largest)}); });
  EXPECT_EQ(test::bytes_of(path_), expected);
}

TEST_F(Store, WhatASourceThrowsLeavesTheOldFileAlone) {
  write();
  const std::string before = test::bytes_of(path_);
  const EmbeddingSet set = twelve_rows("net/raw", 3);
  std::size_t largest = 0;
  EmbeddingSource source = source_of(set, largest);
  int reads = 0;
  source.read = [&, read = source.read](std::size_t first, std::span<float> out) {
    if (++reads > 1) throw Error(ErrorCode::io, "gone");  // while it is written
    read(first, out);
  };
  expect_error(ErrorCode::io, "gone",
               [&] { write_store_in_blocks(path_, twelve_samples(), {source}); });
  EXPECT_EQ(test::bytes_of(path_), before);
}

TEST_F(Store, RefusesToWriteWhatItWouldNotRead) {
  SampleTable samples = twelve_samples();
  samples.class_label.codes[0] = 9;
  EmbeddingSet bad = twelve_rows("net/raw", 3);
  bad.values[7] = std::numeric_limits<float>::quiet_NaN();
  EmbeddingSet short_set = twelve_rows("net/short", 3);
  short_set.values.resize(33);
  EmbeddingSet wide = twelve_rows("net/wide", 3);
  wide.info.dim = 0;
  expect_error(
      ErrorCode::bad_input,
      path_.string() +
          ": 6 errors\n"
          "  /samples/class: 1 codes lie outside of the 3 levels, the first (9) in row 0. use 0 to "
          "2, or -1 for missing\n"
          "  /embeddings/net/raw: 1 of its numbers are not finite, the first: nan in row 2, column "
          "1 "
          "(training on them gives only nan). compute these rows again or leave the samples out\n"
          "  /embeddings/net/short: has 11 rows where there are 12 samples (each sample has one "
          "row). give both in the same order\n"
          "  /embeddings/net/wide: has 0 columns (1 to 1000000 are allowed)\n"
          "  /embeddings/name: 'name' is no name for an embedding set. use "
          "<extractor>/<preprocessing>, with one '/'\n"
          "  /embeddings/name: is given twice. give each set its own name",
      [&] {
        write_store(path_, samples,
                    {bad, short_set, wide, twelve_rows("name", 2), twelve_rows("name", 2)});
      });
  expect_error(
      ErrorCode::bad_input,
      path_.string() + ": /embeddings: there is no embedding set (nothing to train on). give one",
      [&] { write_store(path_, twelve_samples(), {}); });
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(Store, AFailedWriteLeavesTheOldFileAlone) {
  write();
  const std::string before = test::bytes_of(path_);
  SampleTable samples = twelve_samples();
  samples.id[0] = "";
  EXPECT_THROW(write_store(path_, samples, {twelve_rows("net/raw", 3)}), Error);
  EXPECT_EQ(test::bytes_of(path_), before);
}

TEST_F(Store, AMatrixChangedSinceTheCheckIsRefused) {
  write();
  const StoreContents store = open_store(path_);
  const std::string message =
      path_.string() +
      ":/embeddings/net/raw: has changed since it was checked (a store may not change while it is "
      "used). run again";
  std::vector<float> values(36);
  EmbeddingSet other = twelve_rows("net/raw", 3);
  other.values[0] = 5;
  write_store(path_, twelve_samples(), {other});
  expect_error(ErrorCode::bad_input, message,
               [&] { read_embedding(path_, *store.find("net/raw"), values); });
  write_store(path_, twelve_samples(), {twelve_rows("net/raw", 4)});
  expect_error(ErrorCode::bad_input, message,
               [&] { read_embedding(path_, *store.find("net/raw"), values); });
}

TEST_F(Store, ContentsTravelAsBytes) {
  write();
  StoreContents store = open_store(path_);
  store.notes = {"a note"};
  const std::string bytes = pack_store(store);
  const StoreContents other = unpack_store(bytes);
  EXPECT_EQ(pack_store(other), bytes);
  expect_same(other.samples, store.samples);
  EXPECT_EQ(other.find("net/raw")->content, store.find("net/raw")->content);
  EXPECT_THROW((void)unpack_store(bytes.substr(0, bytes.size() - 1)), Error);
}

}  // namespace
}  // namespace crossfold
