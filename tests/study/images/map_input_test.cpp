// A map shows the samples of the role that is asked for, each with its own features.

#include "crossfold/study/map_input.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/store/store.h"

#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// Six samples, two of which have no role; sample i has the features i and 10 i.
class MapInputOfStore : public ::testing::Test {
 protected:
  MapInputOfStore() {
    SampleTable samples;
    samples.role.levels = {"in", "oos"};
    EmbeddingSet set;
    for (int i = 0; i < 6; ++i) {
      samples.id.push_back("i" + std::to_string(i));
      samples.group.push_back("p" + std::to_string(i));
      samples.class_label.append(i % 2 == 0 ? "a" : "b");
      samples.domain.append("s");
      samples.role.codes.push_back(roles_.at(static_cast<std::size_t>(i)));
      set.values.push_back(static_cast<float>(i));
      set.values.push_back(static_cast<float>(10 * i));
    }
    set.info.name = "made/z";
    set.info.rows = 6;
    set.info.dim = 2;
    write_store(store(), samples, {set});
  }
  [[nodiscard]] std::filesystem::path store() const { return folder_ / "s.h5"; }
  [[nodiscard]] MapInput of(MapRole role) const {
    return map_input_of_store(store(), std::nullopt, role);
  }

  const std::vector<std::int32_t> roles_{0, -1, 1, 0, -1, 0};
  test::ScratchFolder folder_;
};

TEST_F(MapInputOfStore, HasTheSamplesOfARole) {
  const MapInput in = of(MapRole::in);
  EXPECT_THAT(in.rows, ElementsAre(0U, 3U, 5U));
  EXPECT_THAT(in.roles, ElementsAre("in", "in", "in"));
  EXPECT_THAT(in.values, ElementsAre(0, 0, 3, 30, 5, 50));
  EXPECT_EQ(in.dim, 2U);
  const MapInput oos = of(MapRole::oos);
  EXPECT_THAT(oos.rows, ElementsAre(2U));
  EXPECT_THAT(oos.values, ElementsAre(2, 20));
}

TEST_F(MapInputOfStore, HasThoseWithoutARoleAmongAllAlone) {
  const MapInput all = of(MapRole::all);
  EXPECT_THAT(all.rows, ElementsAre(0U, 1U, 2U, 3U, 4U, 5U));
  EXPECT_THAT(all.roles, ElementsAre("in", "", "oos", "in", "", "in"));
}

TEST_F(MapInputOfStore, NamesTheSetsThereAre) {
  const Error error =
      test::error_of([&] { static_cast<void>(map_input_of_store(store(), "none", MapRole::all)); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_THAT(error.message(), HasSubstr("made/z"));
}

}  // namespace
}  // namespace crossfold
