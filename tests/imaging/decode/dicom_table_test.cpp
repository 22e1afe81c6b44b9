#include "dicom_table.h"

#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

/// Behind a slope that is no whole number, values lie between the entries.
TEST(DicomTable, HasTheNearestEntryOfAValueAndTheLastOfOneBeyond) {
  const DicomTable table{.first = -2, .bits = 8, .entries = {10, 20, 30}};
  const std::vector<std::pair<double, int>> cases{{-9, 10},   {-2, 10},   {-1.6, 10}, {-1.5, 20},
                                                  {-1.4, 20}, {-0.6, 20}, {-0.5, 30}, {0, 30},
                                                  {0.4, 30},  {7, 30}};
  for (const auto& [value, entry] : cases) EXPECT_EQ(table.at(value), entry) << value;
}

}  // namespace
}  // namespace crossfold
