#include "crossfold/core/random_stream.h"

#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <Random123/philox.h>
#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAreArray;

constexpr StreamKey kKey = {.root_seed = 7, .seed = SeedIndex(2), .fold = FoldIndex(3)};

std::vector<std::uint32_t> first_numbers(const StreamKey& key, std::string_view purpose) {
  RandomStream stream(key, purpose);
  std::vector<std::uint32_t> numbers(16);
  for (std::uint32_t& number : numbers) number = stream.next_u32();
  return numbers;
}

// The known answers that Random123 publishes (tests/kat_vectors); ours rests on the library here.
TEST(Philox, OfTheLibraryGivesThePublishedAnswers) {
  const r123::Philox4x32 philox;
  EXPECT_THAT(philox({{0, 0, 0, 0}}, {{0, 0}}).v,
              ElementsAre(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8));
  EXPECT_THAT(
      philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, {{0xa4093822, 0x299f31d0}}).v,
      ElementsAre(0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1));
}

class RecordedStream : public ::testing::TestWithParam<std::size_t> {
 protected:
  RecordedStream() {
    const std::string name = "random_streams.json";
    recorded_ = parse_json(read_file(std::string(CROSSFOLD_TEST_DATA) + "/" + name, 1U << 20U),
                           name)["streams"][GetParam()];
  }
  [[nodiscard]] RandomStream stream() const {
    return RandomStream({.root_seed = recorded_["root_seed"].get<std::uint64_t>(),
                         .seed = SeedIndex(recorded_["seed"].get<std::uint32_t>()),
                         .fold = FoldIndex(recorded_["fold"].get<std::uint32_t>())},
                        recorded_["purpose"].get<std::string>());
  }

  nlohmann::json recorded_;
};

TEST_P(RecordedStream, IsMadeAgainNumberByNumber) {
  RandomStream words = stream();
  for (const auto& expected : recorded_["u32"]) EXPECT_EQ(words.next_u32(), expected);
  RandomStream long_words = stream();
  for (const auto& expected : recorded_["u64"]) EXPECT_EQ(long_words.next_u64(), expected);
  RandomStream reals = stream();
  for (const auto& expected : recorded_["uniform"]) EXPECT_EQ(reals.uniform(), expected);
  RandomStream bounded = stream();
  for (const auto& expected : recorded_["below"])
    EXPECT_EQ(bounded.below(expected[0].get<std::uint64_t>()), expected[1]);
  RandomStream normals = stream();
  for (const auto& expected : recorded_["normal"])
    EXPECT_NEAR(normals.normal(), expected.get<double>(), 1e-14);
  std::vector<int> order(recorded_["shuffled"].size());
  std::iota(order.begin(), order.end(), 0);
  stream().shuffle(std::span(order));
  EXPECT_EQ(nlohmann::json(order), recorded_["shuffled"]);
}

INSTANTIATE_TEST_SUITE_P(FourKeys, RecordedStream,
                         ::testing::Range(std::size_t{0}, std::size_t{4}));

TEST(RandomStream, ChangesWithEachPartOfItsKeyAndWithNothingElse) {
  StreamKey other_root = kKey;
  other_root.root_seed = 8;
  StreamKey other_seed = kKey;
  other_seed.seed = SeedIndex(3);
  StreamKey other_fold = kKey;
  other_fold.fold = FoldIndex(2);
  const std::set<std::vector<std::uint32_t>> streams = {
      first_numbers(kKey, "split"),       first_numbers(kKey, "validation"),
      first_numbers(kKey, "init"),        first_numbers(kKey, "order"),
      first_numbers(other_root, "split"), first_numbers(other_seed, "split"),
      first_numbers(other_fold, "split"),
  };
  EXPECT_EQ(streams.size(), 7U);
  EXPECT_EQ(first_numbers(kKey, "split"), first_numbers(kKey, "split"));
}

TEST(RandomStream, IsNotMovedByHowMuchOthersDraw) {
  RandomStream first(kKey, "order");
  RandomStream other(kKey, "init");
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < 16; ++i) {
    numbers.push_back(first.next_u32());
    for (std::uint32_t draws = 0; draws < i; ++draws) (void)other.next_u32();
  }
  EXPECT_EQ(numbers, first_numbers(kKey, "order"));
}

TEST(Uniform, LiesInsideItsBoundsWithTheRightMean) {
  RandomStream stream(kKey, "uniform");
  double sum = 0;
  constexpr int kDraws = 20'000;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.uniform(-3, 5);
    ASSERT_GE(value, -3);
    ASSERT_LT(value, 5);
    sum += value;
  }
  EXPECT_NEAR(sum / kDraws, 1.0, 4 * 8 / std::sqrt(12.0 * kDraws));  // four standard errors
}

TEST(Below, IsEvenForASmallBound) {
  RandomStream stream(kKey, "below");
  std::array<int, 10> counts{};
  constexpr int kDraws = 50'000;
  for (int i = 0; i < kDraws; ++i) ++counts.at(stream.below(counts.size()));
  double chi_square = 0;
  for (const int count : counts) {
    const double difference = count - kDraws / 10.0;
    chi_square += difference * difference / (kDraws / 10.0);
  }
  EXPECT_LT(chi_square, 27.9);  // the 0.999 quantile with 9 degrees of freedom
}

// 2^64 numbers over a bound of 3 2^62: a plain remainder hits the lower third half of the time.
TEST(Below, IsEvenForABoundThatDoesNotDivideTheRange) {
  RandomStream stream(kKey, "below");
  constexpr std::uint64_t kThird = std::uint64_t{1} << 62U;
  constexpr int kDraws = 30'000;
  int lower = 0;
  for (int i = 0; i < kDraws; ++i) {
    const std::uint64_t value = stream.below(3 * kThird);
    ASSERT_LT(value, 3 * kThird);
    if (value < kThird) ++lower;
  }
  EXPECT_NEAR(lower, kDraws / 3.0, 4 * std::sqrt(kDraws * 2.0 / 9.0));
}

TEST(Below, NeedsABound) {
  RandomStream stream(kKey, "below");
  EXPECT_THROW((void)stream.below(0), Error);
  EXPECT_EQ(stream.below(1), 0U);
}

TEST(Normal, HasMeanZeroVarianceOneAndLightTails) {
  RandomStream stream(kKey, "normal");
  constexpr int kDraws = 20'000;
  double sum = 0;
  double squares = 0;
  int outside = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double value = stream.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
    if (std::abs(value) > 1.959964) ++outside;
  }
  EXPECT_NEAR(sum / kDraws, 0, 4 / std::sqrt(kDraws));
  EXPECT_NEAR(squares / kDraws, 1, 4 * std::sqrt(2.0 / kDraws));
  EXPECT_NEAR(outside, 0.05 * kDraws, 4 * std::sqrt(0.05 * 0.95 * kDraws));
}

TEST(Shuffle, KeepsEveryValue) {
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  const std::vector<int> sorted = values;
  RandomStream(kKey, "order").shuffle(std::span(values));
  EXPECT_NE(values, sorted);
  EXPECT_THAT(values, UnorderedElementsAreArray(sorted));
}

TEST(Shuffle, GivesEveryOrderEquallyOften) {
  RandomStream stream(kKey, "order");
  std::map<std::array<int, 4>, int> counts;
  constexpr int kDraws = 24'000;
  for (int i = 0; i < kDraws; ++i) {
    std::array<int, 4> values = {0, 1, 2, 3};
    stream.shuffle(std::span<int>(values));
    ++counts[values];
  }
  ASSERT_EQ(counts.size(), 24U);
  double chi_square = 0;
  for (const auto& [order, count] : counts) chi_square += std::pow(count - 1000.0, 2) / 1000.0;
  EXPECT_LT(chi_square, 49.7);  // the 0.999 quantile with 23 degrees of freedom
}

TEST(Shuffle, LeavesNothingAndOneAsTheyAre) {
  RandomStream stream(kKey, "order");
  std::vector<int> none;
  stream.shuffle(std::span(none));
  std::vector<int> one = {5};
  stream.shuffle(std::span(one));
  EXPECT_THAT(one, ElementsAre(5));
}

}  // namespace
}  // namespace crossfold
