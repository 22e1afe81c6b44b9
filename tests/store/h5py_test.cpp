#include <cstdio>
#include <cstdlib>

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "hdf5/scratch_folder.h"
#include "store/sample_store.h"

namespace crossfold {
namespace {

/// Checks against h5py as it is on this machine; its recorded files are read in any case.
class H5py : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("/usr/bin/python3 -c 'import h5py, numpy' 2>/dev/null") != 0)
      GTEST_SKIP() << "/usr/bin/python3 has no h5py: install python3-h5py to run this test";
  }

  [[nodiscard]] std::string run(const std::string& script,
                                const std::filesystem::path& store) const {
    const std::filesystem::path output = folder_ / "output";
    const std::string command = std::string("/usr/bin/python3 " CROSSFOLD_TEST_DATA "/") + script +
                                " " + store.string() + " > " + output.string();
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    return test::bytes_of(output);
  }

  test::ScratchFolder folder_;
};

TEST_F(H5py, ReadsWhatWeWriteAndComputesTheSameHashes) {
  const SampleTable samples = test::twelve_samples();
  EmbeddingSet set = test::twelve_rows("net/raw", 5);
  set.info.extractor = "größer 1.0";
  write_store(folder_ / "a.h5", samples, {set});
  const auto seen = nlohmann::json::parse(run("describe_store.py", folder_ / "a.h5"));
  EXPECT_EQ(seen["format"], "crossfold-store");
  EXPECT_EQ(seen["version"], 1);
  EXPECT_EQ(seen["ids"], samples.id);
  EXPECT_EQ(seen["groups"], samples.group);
  EXPECT_EQ(seen["codes"]["class"], samples.class_label.codes);
  EXPECT_EQ(seen["codes"]["domain"], samples.domain.codes);
  EXPECT_EQ(seen["codes"]["role"], samples.role.codes);
  EXPECT_EQ(seen["levels"]["domain"], samples.domain.levels);
  for (const char* column : {"class", "domain", "role"}) EXPECT_EQ(seen["types"][column], "int32");
  EXPECT_EQ(seen["label_sha256"], samples.label_hash().hex());
  EXPECT_EQ(seen["label_sha256_anew"], samples.label_hash().hex());
  const auto& matrix = seen["sets"]["net/raw"];
  EXPECT_EQ(matrix["type"], "float32");
  EXPECT_EQ(matrix["shape"], (std::vector<int>{12, 5}));
  EXPECT_EQ(matrix["fletcher32"], true);
  EXPECT_EQ(matrix["chunk_columns"], 5) << "chunks hold whole rows";
  EXPECT_EQ(matrix["extractor"], set.info.extractor);
  EXPECT_EQ(matrix["values"].get<std::vector<float>>(), set.values);
  EXPECT_EQ(matrix["content_sha256"], embedding_hash(12, 5, set.values).hex());
  EXPECT_EQ(matrix["content_sha256_anew"], matrix["content_sha256"]);
  for (const Attribute& attribute : samples.attributes) {
    const auto& found = seen["attributes"][attribute.name];
    EXPECT_EQ(found["content_sha256"], attribute.content_hash().hex());
    EXPECT_EQ(found["content_sha256_anew"], found["content_sha256"]);
  }
  EXPECT_EQ(seen["attributes"]["age"]["type"], "float64");
}

TEST_F(H5py, WritesWhatWeReadInADozenLines) {
  (void)run("write_store.py", folder_ / "a.h5");
  const StoreContents store = open_store(folder_ / "a.h5");
  EXPECT_EQ(store.samples.size(), 60u);
  EXPECT_EQ(store.samples.id[59], "image59.png");
  EXPECT_EQ(store.samples.group[59], "patient29");
  EXPECT_EQ(*store.samples.role.name_of(59), "oos");
  EXPECT_EQ(store.find("mymodel/raw")->dim, 8u);
}

}  // namespace
}  // namespace crossfold
