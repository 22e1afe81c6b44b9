#include "matrix_file.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

/// Matrices that numpy wrote (make_recorded.py).
TEST(MatrixFile, NumpysFilesAreReadWhateverTheirVersionTypeAndOrder) {
  const std::string folder = std::string(CROSSFOLD_TEST_DATA) + "/recorded/";
  const auto all = nlohmann::json::parse(test::bytes_of(folder + "recorded.json"));
  for (const auto& [name, values] : all.at("matrices").items()) {
    const Matrix matrix = read_matrix(folder + name + ".npy");
    EXPECT_EQ(matrix.rows, 4u) << name;
    EXPECT_EQ(matrix.dim, 3u) << name;
    EXPECT_EQ(matrix.values, values.get<std::vector<float>>()) << name;
    EXPECT_TRUE(matrix.ids.empty());
  }
}

TEST(MatrixFile, OtherEndingsAreRefused) {
  expect_error(
      ErrorCode::bad_input,
      "x.txt: ends in '.txt' (matrices are read from .npy and .csv). save it as one of them",
      [] { (void)read_matrix("x.txt"); });
}

}  // namespace
}  // namespace crossfold
