#include "crossfold/store/store_export.h"

#include <charconv>
#include <limits>
#include <sstream>

#include <gmock/gmock.h>

#include "crossfold/core/csv.h"

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "store/sample_store.h"

namespace crossfold {
namespace {

class StoreExport : public ::testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
};

TEST_F(StoreExport, WritesSamplesLabelsAttributesAndNumbers) {
  EmbeddingSet set = test::twelve_rows("net/raw", 2);
  set.values[10] = 0.1F;
  set.values[11] = -2;
  SampleTable samples = test::twelve_samples();
  samples.id[5] = "a,\"b\"";
  write_store(path_, samples, {set});
  std::ostringstream out;
  export_csv(open_store(path_), "net/raw", out);
  const CsvTable table = parse_csv(out.str(), "out");
  EXPECT_THAT(table.columns, ::testing::ElementsAre("id", "group", "class", "domain", "role", "age",
                                                    "view", "z0", "z1"));
  EXPECT_THAT(table.rows[5], ::testing::ElementsAre("a,\"b\"", "patient2", "", "größer", "in",
                                                    "40.5", "AP", "0.1", "-2"));
  EXPECT_EQ(table.rows[3][5], "") << "a missing number";
  EXPECT_EQ(table.rows[7][6], "") << "a missing name";
}

TEST_F(StoreExport, EveryFloatComesBackExactly) {
  EmbeddingSet set = test::twelve_rows("net/raw", 500);
  set.values[0] = std::numeric_limits<float>::denorm_min();
  set.values[1] = std::numeric_limits<float>::max();
  set.values[2] = -0.0F;
  set.values[3] = 1.0F / 3;
  write_store(path_, test::twelve_samples(), {set});
  export_csv(open_store(path_), "net/raw", folder_ / "out.csv");
  const CsvTable table = parse_csv(test::bytes_of(folder_ / "out.csv"), "out");
  std::vector<float> values;
  for (const auto& row : table.rows)
    for (std::size_t k = 7; k < row.size(); ++k) {
      float value = 0;
      std::from_chars(row[k].data(), row[k].data() + row[k].size(), value);
      values.push_back(value);
    }
  EXPECT_EQ(embedding_hash(12, 500, values), embedding_hash(12, 500, set.values));
}

TEST_F(StoreExport, SaysWhichSetsThereAre) {
  write_store(path_, test::twelve_samples(),
              {test::twelve_rows("net/raw", 2), test::twelve_rows("net/other", 2)});
  std::ostringstream out;
  expect_error(ErrorCode::bad_input,
               path_.string() + ": has no embedding set 'net'. choose one of net/other, net/raw",
               [&] { export_csv(open_store(path_), "net", out); });
}

TEST_F(StoreExport, RefusesColumnsOfTheSameName) {
  SampleTable samples = test::twelve_samples();
  samples.attributes[0].name = "z1";
  write_store(path_, samples, {test::twelve_rows("net/raw", 2)});
  std::ostringstream out;
  expect_error(ErrorCode::bad_input,
               path_.string() +
                   ": its attribute 'z1' has the name of another column. rename it in the store",
               [&] { export_csv(open_store(path_), "net/raw", out); });
}

TEST_F(StoreExport, AFailedOutputIsAnError) {
  write_store(path_, test::twelve_samples(), {test::twelve_rows("net/raw", 2)});
  std::ostringstream out;
  out.setstate(std::ios::badbit);
  expect_error(ErrorCode::io, "the table could not be written. free space or choose another place",
               [&] { export_csv(open_store(path_), "net/raw", out); });
  const std::filesystem::path nowhere = folder_ / "none" / "out.csv";
  expect_error(ErrorCode::io, nowhere.string() + ": cannot create (No such file or directory)",
               [&] { export_csv(open_store(path_), "net/raw", nowhere); });
}

}  // namespace
}  // namespace crossfold
