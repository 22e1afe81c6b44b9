#include "crossfold/results/fit_record.h"

#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_result_json.h"

#include "core/expect_error.h"
#include "plan/sample_result.h"
#include "plan/small_study.h"
#include "results/unlike_result.h"

namespace crossfold {
namespace {

using testing::failed_result;
using testing::fit_id;
using testing::full_result;

const Origin kOrigin{.host = "alpha", .device = "cpu core 1", .equivalence_class = "build A"};

const ArtefactPlace kPlace{.segment = "0001-9f3ac2d1/0003.bin",
                           .offset = 72,
                           .bytes = 4096,
                           .sha256 = std::string(64, 'a')};

FitRecord record(FitResult result, std::optional<ArtefactPlace> place) {
  return {.result = std::move(result), .artefacts = std::move(place), .origin = kOrigin};
}

/// With scores on two named sets.
FitResult sent_result() {
  FitResult result = full_result(fit_id('1'));
  result.sets = {testing::mixed_scores(3, 0.4), testing::mixed_scores(3, 0.6)};
  return result;
}

std::string message() {
  return encode_records(
      kOrigin, {record(sent_result(), kPlace), record(failed_result(fit_id('2')), std::nullopt)});
}

/// Anything but records or an Error is a failure of the test.
void decode_whatever(const std::string& bytes) {
  try {
    static_cast<void>(decode_records(bytes));
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
  }
}

TEST(FitRecords, BringFurtherProbesHome) {
  const FitResult sent = testing::probed_result(fit_id('3'));
  const auto records = decode_records(encode_records(kOrigin, {record(sent, std::nullopt)}));
  EXPECT_EQ(fit_result_to_json(records.at(0).result), fit_result_to_json(sent));
}

TEST(FitRecords, ArriveAsTheyWereSent) {
  const auto records = decode_records(message());
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(fit_result_to_json(records[0].result), fit_result_to_json(sent_result()));
  EXPECT_EQ(records[0].artefacts, kPlace);
  EXPECT_EQ(records[1].result.error, failed_result().error);
  EXPECT_FALSE(records[1].artefacts.has_value());
  for (const FitRecord& record : records) {
    EXPECT_EQ(record.origin.host, "alpha");
    EXPECT_EQ(record.origin.device, "cpu core 1");
    EXPECT_EQ(record.origin.equivalence_class, "build A");
  }
  EXPECT_TRUE(decode_records(encode_records(kOrigin, {})).empty());
}

/// No two numbers are alike: whichever stays behind, or comes home in the place of another, is
/// missed. Each record has its own.
TEST(FitRecords, BringEveryNumberHome) {
  const Plan plan = testing::small_plan();
  testing::Numbers numbers;
  std::vector<FitRecord> sent;
  for (const std::size_t fit : {30U, 0U, 7U}) {
    FitResult result = testing::unlike_result(plan, plan.fits[fit], numbers);
    result.artefacts = {};
    for (const std::size_t classes : {2U, 3U})
      result.sets.push_back(testing::unlike_scores(classes, numbers));
    ArtefactPlace place = kPlace;
    place.offset = numbers.whole();
    place.bytes = numbers.whole();
    sent.push_back(record(std::move(result), std::move(place)));
  }
  const std::vector<FitRecord> found = decode_records(encode_records(kOrigin, sent));
  ASSERT_EQ(found.size(), sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(fit_result_to_json(found[i].result), fit_result_to_json(sent[i].result)) << i;
    EXPECT_EQ(found[i].artefacts, sent[i].artefacts);
  }
}

TEST(FitRecords, SayWhyTheyCannotBeRead) {
  expect_error(ErrorCode::internal,
               "a message between workers is too short (other builds may be mixed in). start the "
               "same build on all nodes",
               [] { static_cast<void>(decode_records("")); });
}

TEST(FitRecords, SurviveEveryFlippedByteAndEveryCut) {
  const std::string bytes = message();
  std::mt19937 random(1);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    std::string damaged = bytes;
    damaged[at] = static_cast<char>(damaged[at] ^ static_cast<char>(1U << (random() % 8)));
    decode_whatever(damaged);
    EXPECT_THROW(static_cast<void>(decode_records(bytes.substr(0, at))), Error);
  }
}

TEST(FitRecords, SurviveRandomBytes) {
  std::mt19937 random(2);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    decode_whatever(bytes);
  }
}

}  // namespace
}  // namespace crossfold
