#include "feature_columns.h"

#include <cmath>
#include <functional>
#include <numeric>

#include <gmock/gmock.h>

#include "crossfold/core/random_stream.h"

namespace crossfold {
namespace {

using Column = std::vector<float>;

std::string look(const Column& column) { return index_look(column).value_or(""); }

/// `count` numbers from `make(i)`.
template <class Make>
Column column_of(std::size_t count, const Make& make) {
  Column column;
  for (int i = 0; i < static_cast<int>(count); ++i) column.push_back(static_cast<float>(make(i)));
  return column;
}

TEST(IndexLook, WholeNumbersOfWhichNoTwoAreEqual) {
  const std::string unique = "whole numbers, no two equal";
  EXPECT_EQ(look(column_of(60, [](int i) { return 1000 + i; })), unique);
  EXPECT_EQ(look(column_of(60, [](int i) { return (i * 37) % 61; })), unique);
  EXPECT_EQ(look(column_of(60, [](int i) { return 100.0 - 7.0 * i; })), unique);
  EXPECT_EQ(look({845112, 3, 77, -9, 100}), unique);
  EXPECT_EQ(look({16777216, 1, 1, 2, 5}),
            "whole numbers beyond 16777216, which float32 cannot tell apart");
}

TEST(IndexLook, NumbersInOrderOfTheRows) {
  const std::string ordered = "in order from the first row to the last";
  EXPECT_EQ(look(column_of(20, [](int i) { return 0.05 * i; })), ordered);
  EXPECT_EQ(look(column_of(20, [](int i) { return -0.05 * i; })), ordered);
  EXPECT_EQ(look(column_of(40, [](int i) { return i / 2; })), ordered) << "of patients";
}

/// Fewer rows, more equal numbers or one exchange may be chance.
TEST(IndexLook, TellsOnBothSidesOfEachLimit) {
  const auto rising = [](int i) { return 0.5 + 0.25 * i; };
  EXPECT_NE(look(column_of(12, rising)), "");
  EXPECT_EQ(look(column_of(11, rising)), "");
  const auto steps_of = [&](int rows) {
    return [&rising, rows](int i) {
      const int step = i / rows;
      return rising(2 * step);
    };
  };
  EXPECT_NE(look(column_of(40, steps_of(4))), "");
  EXPECT_EQ(look(column_of(40, steps_of(5))), "");
  EXPECT_EQ(look(column_of(20, [&](int i) { return rising(i == 7 ? 9 : i); })), "");
  EXPECT_NE(look({1, 2, 3, 4, 5}), "");
  EXPECT_EQ(look({16777215, 1, 1, 2, 5}), "");
  EXPECT_NE(look({-16777216, 1, 1, 2, 5}), "");
}

TEST(IndexLook, IsNotThatOfFeatures) {
  RandomStream random({.root_seed = 1}, "test-features");
  for (int i = 0; i < 200; ++i) {
    const Column normal = column_of(60, [&](int) { return random.normal(); });
    EXPECT_EQ(look(normal), "");
    EXPECT_EQ(
        look(column_of(
            60, [&](int k) { return std::max(0.0F, normal.at(static_cast<std::size_t>(k))); })),
        "");
    EXPECT_EQ(
        look(column_of(
            60, [&](int k) { return std::round(20 * normal.at(static_cast<std::size_t>(k))); })),
        "");
  }
  EXPECT_EQ(look(Column(60, 0.0F)), "") << "constant";
  EXPECT_EQ(look(column_of(60, [](int i) { return i == 59 ? 1.5 : 0.0; })), "") << "sparse";
  EXPECT_EQ(look({1, 2, 3, 4}), "") << "too few rows tell nothing";
  EXPECT_EQ(look({0.1F, 0.2F, 0.3F, 0.4F, 0.5F}), "");
}

TEST(IndexTitles, AreThoseOfRows) {
  for (const char* title : {"", "index", "Index", "Unnamed: 0", "row", "Row Number", "No.", "#"})
    EXPECT_TRUE(is_index_title(title)) << title;
  for (const char* title : {"f0", "0", "z1", "age", "indexed", "id"})
    EXPECT_FALSE(is_index_title(title)) << title;
}

TEST(IdTitles, EndInAWordForIds) {
  for (const char* title :
       {"sensor_id", "scanner id", "deviceId", "StudyID", "SOPInstanceUID", "series-uid", "CandID",
        "STUDY_ID", "scan.id", "Scan No.", "slice_no", "lesionNo", "visit nr", "f_id", "sensorid",
        "SCANNERID", "SiteIds", "id (scanner id)"})
    EXPECT_TRUE(ends_in_id_word(title)) << title;
  for (const char* title :
       {"grid",      "Grid",   "GRID",   "valid", "is_valid", "isValid", "acid",    "amino acid",
        "uric_ACID", "fluid",  "liquid", "mid",   "covid",    "hybrid",  "sigmoid", "plasmoid",
        "pyramid",   "gas_NO", "NO",     "piano", "f0",       "0",       "id3",     "id_mean",
        "idle",      "solid",  "width",  "uidx",  "",         "_"})
    EXPECT_FALSE(ends_in_id_word(title)) << title;
}

class Labels : public ::testing::Test {
 protected:
  Labels() {
    for (std::size_t i = 0; i < 60; ++i) labels_.push_back(static_cast<std::int32_t>(i % 3));
  }
  [[nodiscard]] bool given_away_by(const Column& column) const {
    return determines_labels(column, labels_);
  }
  [[nodiscard]] float label_of(int i) const {
    return static_cast<float>(labels_.at(static_cast<std::size_t>(i)));
  }

  std::vector<std::int32_t> labels_;
};

TEST_F(Labels, AreGivenAwayByColumnsThatEqualOrDetermineThem) {
  const auto label = [&](int i) { return label_of(i); };
  EXPECT_TRUE(given_away_by(column_of(60, label)));
  EXPECT_TRUE(given_away_by(column_of(60, [&](int i) { return 2.5 - label(i) * 7; })));
  EXPECT_TRUE(given_away_by(column_of(60, [&](int i) {
    return 10 * label(i) + static_cast<float>(i / 3 % 5);
  }))) << "several numbers a label, each repeated";
  labels_[7] = -1;
  EXPECT_TRUE(given_away_by(column_of(60, [&](int i) { return i == 7 ? 0 : label(i); })));
}

TEST_F(Labels, AreNotGivenAwayByFeatures) {
  RandomStream random({.root_seed = 2}, "test-features");
  const Column normal = column_of(60, [&](int) { return random.normal(); });
  EXPECT_FALSE(given_away_by(normal)) << "every number is its own";
  EXPECT_FALSE(given_away_by(column_of(60, [&](int i) {
    return normal.at(static_cast<std::size_t>(i)) + 9 * label_of(i);
  }))) << "a feature that parts the classes";
  EXPECT_FALSE(given_away_by(column_of(60, [&](int i) {
    return label_of(i) == 0 ? 0.0F : std::abs(normal.at(static_cast<std::size_t>(i)));
  }))) << "zero for one class and positive for the others";
  EXPECT_FALSE(given_away_by(column_of(60, [](int i) { return i % 2; })));
  EXPECT_FALSE(given_away_by(Column(60, 1.0F)));
  labels_.assign(60, 0);
  EXPECT_FALSE(given_away_by(column_of(60, [](int i) { return i % 2; }))) << "one label";
}

/// Eight samples with a label, numbers that come twice on average, one in ten that comes once.
TEST(LabelsGivenAway, AreToldOnBothSidesOfEachLimit) {
  const auto labels_of = [](std::size_t count) {
    std::vector<std::int32_t> labels;
    for (std::size_t i = 0; i < count; ++i) labels.push_back(static_cast<std::int32_t>(i / 2 % 2));
    return labels;
  };
  const auto given_away = [&](std::size_t count, const std::function<double(int)>& number) {
    return determines_labels(column_of(count, number), labels_of(count));
  };
  const auto label = [](int i) { return i / 2 % 2; };
  EXPECT_TRUE(given_away(8, label));
  EXPECT_FALSE(given_away(7, label));
  std::vector<std::int32_t> one_missing = labels_of(8);
  one_missing[5] = -1;
  EXPECT_FALSE(determines_labels(column_of(8, label), one_missing));
  EXPECT_TRUE(given_away(20, [](int i) { return i / 2; })) << "ten numbers, each twice";
  EXPECT_TRUE(given_away(20, [&](int i) { return i < 2 ? 10 + i : label(i); })) << "two alone";
  EXPECT_FALSE(given_away(20, [&](int i) { return i < 3 ? 10 + i : label(i); })) << "three alone";
  EXPECT_FALSE(given_away(20, [](int i) { return i < 2 ? 30 + i : i / 2; })) << "eleven numbers";
}

TEST_F(Labels, OfFewSamplesTellNothing) {
  labels_.resize(6);
  EXPECT_FALSE(given_away_by({0, 1, 2, 0, 1, 2}));
}

}  // namespace
}  // namespace crossfold
