#include "crossfold/hdf5/dataset.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/hdf5/file.h"

#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::hdf5 {
namespace {

using test::error_of;

class DatasetTest : public testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
  File file_ = File::create(path_);
  Group root_ = file_.root();
};

template <class T>
std::vector<T> counted(std::size_t count) {
  std::vector<T> values(count);
  std::iota(values.begin(), values.end(), T{1});
  return values;
}

TEST_F(DatasetTest, EveryNumberTypeComesBack) {
  const auto check = [&]<class T>(const std::string& name, T extreme, const std::string& type) {
    std::vector<T> values = counted<T>(6);
    values[3] = extreme;
    root_.write<T>(name, values, {3, 2});
    const Dataset dataset = root_.open_dataset(name);
    EXPECT_EQ(dataset.read_all<T>(), values) << name;
    EXPECT_EQ(dataset.type().describe(), type);
    EXPECT_EQ(dataset.shape(), (std::vector<std::uint64_t>{3, 2}));
  };
  check("float", std::numeric_limits<float>::denorm_min(), "float32");
  check("double", std::numeric_limits<double>::max(), "float64");
  check("int32", std::numeric_limits<std::int32_t>::min(), "int32");
  check("int64", std::numeric_limits<std::int64_t>::min(), "int64");
  check("uint8", std::numeric_limits<std::uint8_t>::max(), "uint8");
  check("uint64", std::numeric_limits<std::uint64_t>::max(), "uint64");
}

TEST_F(DatasetTest, ReadsRowsAcrossChunks) {
  root_.write<float>("x", counted<float>(70), {10, 7}, {3, Layout::Checksum::fletcher32});
  const Dataset dataset = root_.open_dataset("x");
  EXPECT_EQ(dataset.chunk_rows(), 3u);
  std::vector<float> rows(28);
  dataset.read_rows<float>(2, 4, rows);
  EXPECT_EQ(rows.front(), 15);
  EXPECT_EQ(rows.back(), 42);
  std::vector<double> widened(7);
  dataset.read_rows<double>(9, 1, widened);
  EXPECT_EQ(widened.back(), 70);
}

TEST_F(DatasetTest, WrittenInBlocksIsTheSameToTheByte) {
  const std::vector<float> values = counted<float>(70);
  const Layout layout{3, Layout::Checksum::fletcher32};
  const auto bytes_of_file = [&](const std::string& name, const auto& fill) {
    const std::filesystem::path path = folder_ / name;
    {
      File file = File::create(path);
      fill(file.root());
      file.close();
    }
    return test::bytes_of(path);
  };
  const std::string whole = bytes_of_file("whole.h5", [&](Group root) {
    root.write<float>("x", values, {10, 7}, layout);
  });
  const std::string blocks = bytes_of_file("blocks.h5", [&](Group root) {
    Dataset dataset = root.create_dataset<float>("x", {10, 7}, layout);
    constexpr std::pair<std::size_t, std::size_t> kBlocks[] = {{0, 6}, {6, 3}, {9, 1}};
    for (const auto& [first, count] : kBlocks)
      dataset.write_rows<float>(first, count, std::span(values).subspan(7 * first, 7 * count));
  });
  EXPECT_EQ(blocks, whole);
}

TEST_F(DatasetTest, ReadsRowsOfOneDimension) {
  root_.write<std::int64_t>("x", counted<std::int64_t>(10), {10});
  const Dataset dataset = root_.open_dataset("x");
  EXPECT_EQ(dataset.chunk_rows(), 0u);
  std::vector<std::int64_t> rows(3);
  dataset.read_rows<std::int64_t>(7, 3, rows);
  EXPECT_EQ(rows, (std::vector<std::int64_t>{8, 9, 10}));
}

TEST_F(DatasetTest, NumbersTooLargeForTheTypeAskedForAreClamped) {
  root_.write<std::uint64_t>("x", std::vector<std::uint64_t>{std::uint64_t{1} << 63}, {1});
  EXPECT_EQ(root_.open_dataset("x").read_all<std::int64_t>().front(),
            std::numeric_limits<std::int64_t>::max());
}

TEST_F(DatasetTest, TextsComeBack) {
  std::vector<std::string> texts = {"", "größer", std::string(5000, 'x')};
  for (int i = 0; i < 1000; ++i) texts.push_back(std::to_string(i));
  root_.write_texts("names", texts);
  const Dataset dataset = root_.open_dataset("names");
  EXPECT_EQ(dataset.type().kind, ElementKind::text);
  EXPECT_EQ(dataset.type().describe(), "text");
  EXPECT_EQ(dataset.read_texts(5000), texts);
}

TEST_F(DatasetTest, RefusesTextsLongerThanAllowed) {
  root_.write_texts("names", std::vector<std::string>{"short", "too long"});
  const Error error = error_of([&] { (void)root_.open_dataset("names").read_texts(7); });
  EXPECT_EQ(error.message(),
            "this dataset holds a text of more than 7 bytes (entry 1). shorten it");
  EXPECT_EQ(error.where(), path_.string() + ":/names");
}

TEST_F(DatasetTest, MayBeEmpty) {
  root_.write<float>("x", {}, {0, 4}, {16, Layout::Checksum::fletcher32});
  root_.write_texts("names", {});
  EXPECT_TRUE(root_.open_dataset("x").read_all<float>().empty());
  EXPECT_TRUE(root_.open_dataset("names").read_texts(10).empty());
  EXPECT_EQ(root_.open_dataset("x").stored_bytes(), 0u);
}

TEST_F(DatasetTest, CountsTheChunksThatWereNeverWritten) {
  const auto counts = [&](const std::string& name) {
    const Dataset::Chunks chunks = root_.open_dataset(name).chunks();
    return std::pair(chunks.unwritten, chunks.all);
  };
  Dataset partly = root_.create_dataset<float>("partly", {10, 2}, {4, Layout::Checksum::none});
  partly.write_rows<float>(4, 4, std::vector<float>(8, 0.0F));
  EXPECT_EQ(counts("partly"), std::pair(std::uint64_t{2}, std::uint64_t{3}));
  root_.write<float>("whole", std::vector<float>(20, 0.0F), {10, 2}, {4, Layout::Checksum::none});
  EXPECT_EQ(counts("whole"), std::pair(std::uint64_t{0}, std::uint64_t{3}));
  root_.write_texts("names", std::vector<std::string>{"a"});
  EXPECT_EQ(counts("names").first, 0U);
}

TEST(DatasetChecksum, ThatDoesNotFitIsAnError) {
  const test::ScratchFolder folder;
  const std::filesystem::path path = folder / "a.h5";
  const std::vector<float> values = {1.25F, 2.5F, 3.75F, 5.0F};
  File::create(path).root().write<float>("x", values, {2, 2}, {1, Layout::Checksum::fletcher32});
  std::string bytes = test::bytes_of(path);
  const std::string row(reinterpret_cast<const char*>(&values[2]), 2 * sizeof(float));
  const std::size_t place = bytes.find(row);
  ASSERT_NE(place, std::string::npos);
  bytes[place] ^= 1;
  const std::filesystem::path damaged = folder / "damaged.h5";
  test::write_bytes(damaged, bytes);

  const Dataset dataset = File::open(damaged).root().open_dataset("x");
  std::vector<float> row_read(2);
  dataset.read_rows<float>(0, 1, row_read);
  EXPECT_EQ(row_read, (std::vector<float>{1.25F, 2.5F}));
  const Error error = error_of([&] { dataset.read_rows<float>(1, 1, row_read); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_EQ(error.message(), "cannot be read (the data are damaged). copy or write the file again");
  EXPECT_EQ(error.where(), damaged.string() + ":/x");
  // HDF5 1.10 names the checksum, 1.14 only the filter.
  EXPECT_THAT(error.cause(),
              testing::AnyOf(testing::HasSubstr("Fletcher32 checksum"),
                             testing::HasSubstr("filter returned failure during read")));
}

}  // namespace
}  // namespace crossfold::hdf5
