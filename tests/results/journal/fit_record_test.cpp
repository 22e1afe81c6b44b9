#include "crossfold/results/fit_record.h"

#include <optional>
#include <random>
#include <string>
#include <utility>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "crossfold/plan/fit_result_json.h"

#include "core/expect_error.h"
#include "plan/sample_result.h"

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
