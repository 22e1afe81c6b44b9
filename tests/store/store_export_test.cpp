#include "crossfold/store/store_export.h"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

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

/// Dates and weights as well as what only a computer writes.
TEST_F(StoreExport, EveryNumberOfAnAttributeComesBackExactly) {
  const std::vector<double> numbers = {20200317,
                                       71.23456,
                                       1.0 / 3,
                                       0.1 + 0.2,
                                       -0.0,
                                       9007199254740991,
                                       -20200317.5,
                                       1e22,
                                       1234567.1,
                                       std::numeric_limits<double>::denorm_min(),
                                       std::numeric_limits<double>::max(),
                                       std::numeric_limits<double>::lowest()};
  SampleTable samples = test::twelve_samples();
  ASSERT_EQ(samples.size(), numbers.size());
  samples.attributes = {{"study_date", numbers},
                        {"weight", std::vector<double>(numbers.rbegin(), numbers.rend())}};
  write_store(path_, samples, {test::twelve_rows("net/raw", 2)});
  std::ostringstream out;
  export_csv(open_store(path_), "net/raw", out);
  const CsvTable table = parse_csv(out.str(), "out");
  EXPECT_EQ(table.rows[0][5], "20200317");
  EXPECT_EQ(table.rows[1][5], "71.23456");
  const auto read = [](const std::string& text) {
    double value = std::nan("");
    const auto end = std::from_chars(text.data(), text.data() + text.size(), value).ptr;
    EXPECT_EQ(end, text.data() + text.size()) << text;
    return std::bit_cast<std::uint64_t>(value);
  };
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    EXPECT_EQ(read(table.rows[row][5]), std::bit_cast<std::uint64_t>(numbers[row]))
        << table.rows[row][5];
    EXPECT_EQ(read(table.rows[row][6]),
              std::bit_cast<std::uint64_t>(numbers[numbers.size() - 1 - row]))
        << table.rows[row][6];
  }
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
