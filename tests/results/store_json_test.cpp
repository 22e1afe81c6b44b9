#include "crossfold/results/store_json.h"

#include <gtest/gtest.h>

#include "core/expect_error.h"
#include "plan/small_study.h"

namespace crossfold {
namespace {

using nlohmann::json;

json samples() { return json::parse(sample_table_to_json(testing::small_samples()).dump()); }
json embeddings() { return json::parse(embeddings_to_json(testing::small_embeddings()).dump()); }

void expect_samples_refused(const std::string& message, const json& value) {
  expect_error(ErrorCode::bad_input, message,
               [&] { static_cast<void>(sample_table_from_json(value)); });
}

void expect_embeddings_refused(const std::string& message, const json& value) {
  expect_error(ErrorCode::bad_input, message,
               [&] { static_cast<void>(embeddings_from_json(value)); });
}

TEST(SampleTableJson, KeepsTheTable) {
  const SampleTable table = testing::small_samples();
  const SampleTable read = sample_table_from_json(samples());
  EXPECT_EQ(read.id, table.id);
  EXPECT_EQ(read.group, table.group);
  EXPECT_EQ(read.klass, table.klass);
  EXPECT_EQ(read.domain, table.domain);
  EXPECT_EQ(read.role, table.role);
  EXPECT_EQ(read.label_hash(), table.label_hash());
}

TEST(SampleTableJson, RefusesWhatIsNoSoundTable) {
  json value = samples();
  value["format_version"] = 2;
  expect_samples_refused("is no crossfold-samples document of version 1", value);
  value = samples();
  value["class"]["codes"][3] = 0.5;
  expect_samples_refused("0.5 is no whole number of 0 to 2147483647", value);
  value = samples();
  value["class"]["codes"][3] = 7;
  expect_samples_refused(
      "samples: /samples/class: 1 codes lie outside of the 3 levels, the first "
      "(7) in row 3. use 0 to 2, or -1 for missing",
      value);
  value = samples();
  value.erase("group");
  expect_samples_refused(
      "is no crossfold-samples document ([json.exception.out_of_range.403] key "
      "'group' not found)",
      value);
}

TEST(EmbeddingsJson, KeepsWhatAStoreSays) {
  const auto read = embeddings_from_json(embeddings());
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[1].name, "texture/raw");
  EXPECT_EQ(read[1].rows, 36U);
  EXPECT_EQ(read[1].dim, 16U);
  EXPECT_EQ(read[1].extractor, "texture");
  EXPECT_EQ(read[1].preprocessing, "raw");
  EXPECT_EQ(read[1].content, testing::small_embeddings()[1].content);
}

TEST(EmbeddingsJson, RefusesWhatIsNoList) {
  expect_embeddings_refused(
      "has no list of embedding sets ([json.exception.type_error.303] incompatible ReferenceType "
      "for get_ref, actual type is null)",
      json());
  json value = embeddings();
  value[0]["dim"] = -3;
  expect_embeddings_refused("-3 is no whole number of 0 to 18446744073709551615", value);
  value = embeddings();
  value[0]["content_sha256"] = "abc";
  expect_embeddings_refused("'abc' is no SHA-256 value", value);
  value[0]["content_sha256"] = std::string(63, 'a') + "x";
  expect_embeddings_refused("'" + std::string(63, 'a') + "x' is no SHA-256 value", value);
}

}  // namespace
}  // namespace crossfold
