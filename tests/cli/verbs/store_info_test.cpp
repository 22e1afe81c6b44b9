// What `store info` and `store check` say of each of several embedding sets.

#include <cstddef>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/store/store.h"
#include "crossfold/store/synth.h"

#include "cli/verbs/told.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

using nlohmann::json;
using test::told_by;
using ::testing::HasSubstr;

/// A set of `dim` columns, with what is said of its origin.
EmbeddingSet made_set(std::size_t rows, const std::string& name, std::size_t dim,
                      const std::string& extractor, const std::string& preprocessing) {
  EmbeddingSet set;
  set.info.name = name;
  set.info.rows = rows;
  set.info.dim = dim;
  set.info.extractor = extractor;
  set.info.preprocessing = preprocessing;
  for (std::size_t i = 0; i < rows * dim; ++i)
    set.values.push_back(static_cast<float>(i % 17) + 0.25F * static_cast<float>(dim));
  return set;
}

class StoreInfo : public ::testing::Test {
 protected:
  StoreInfo() : samples_(synthesize({.dim = 8, .scale = 0.02, .seed = 1}).samples) {
    const std::size_t rows = samples_.size();
    sets_ = {made_set(rows, "a/raw", 3, "", "nothing was done"),
             made_set(rows, "b/raw", 5, "the maker of b", ""),
             made_set(rows, "c/cut", 2, "the maker of c", "cut to the lungs")};
    write_store(store(), samples_, sets_);
  }
  [[nodiscard]] std::string store() const { return (folder_ / "s.h5").string(); }

  SampleTable samples_;
  std::vector<EmbeddingSet> sets_;

 private:
  test::ScratchFolder folder_;
};

TEST_F(StoreInfo, InJsonHasOfEachSetItsOwnSizeOriginAndHash) {
  const json told = json::parse(
      told_by(cli::add_store_command, {"store", "info", store(), "--json"}).out, nullptr, false);
  ASSERT_TRUE(told.is_object());
  json expected = json::array();
  for (const EmbeddingSet& set : sets_)
    expected.push_back(
        {{"name", set.info.name},
         {"rows", samples_.size()},
         {"dim", set.info.dim},
         {"extractor", set.info.extractor},
         {"preprocessing", set.info.preprocessing},
         {"content_sha256", embedding_hash(samples_.size(), set.info.dim, set.values).hex()}});
  EXPECT_EQ(told.at("embeddings"), expected);
  EXPECT_EQ(told.at("labels_sha256"), samples_.label_hash().hex());
  EXPECT_EQ(told.at("samples"), samples_.size());
}

/// Whatever made a set stands behind it, and nothing where that is not known.
TEST_F(StoreInfo, NamesBesideEachSetWhatMadeIt) {
  const std::string told = told_by(cli::add_store_command, {"store", "info", store()}).out;
  for (const EmbeddingSet& set : sets_) {
    const std::string hash = embedding_hash(samples_.size(), set.info.dim, set.values).hex();
    EXPECT_THAT(told, HasSubstr(fmt::format(
                          "\nembedding set {}: {} x {}, sha256 {}{}\n", set.info.name,
                          samples_.size(), set.info.dim, hash.substr(0, 16),
                          set.info.extractor.empty() ? "" : ", made by " + set.info.extractor)));
  }
}

TEST_F(StoreInfo, OfACheckCountsSamplesAndSets) {
  const test::Told told = told_by(cli::add_store_command, {"store", "check", store()});
  EXPECT_EQ(told.code, 0) << told.err;
  EXPECT_THAT(told.out,
              ::testing::StartsWith(fmt::format("{}: sound. {} samples, 3 embedding sets\n",
                                                store(), samples_.size())));
}

/// Of several sets `store export` writes the one that is named, with all of its columns.
TEST_F(StoreInfo, OfAnExportIsThatOfTheNamedSet) {
  for (const EmbeddingSet& set : sets_) {
    const std::string csv =
        told_by(cli::add_store_command, {"store", "export", store(), set.info.name}).out;
    const std::string head = csv.substr(0, csv.find('\n'));
    EXPECT_TRUE(head.ends_with(fmt::format(",z{}", set.info.dim - 1))) << head;
    const std::size_t second = csv.find('\n') + 1;
    std::string numbers;  // of the first sample
    for (std::size_t d = 0; d < set.info.dim; ++d) numbers += fmt::format(",{}", set.values[d]);
    EXPECT_TRUE(csv.substr(second, csv.find('\n', second) - second).ends_with(numbers)) << numbers;
  }
}

}  // namespace
}  // namespace crossfold
