#include "crossfold/results/store_json.h"

#include <cmath>
#include <limits>
#include <vector>

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
  EXPECT_EQ(read.class_label, table.class_label);
  EXPECT_EQ(read.domain, table.domain);
  EXPECT_EQ(read.role, table.role);
  EXPECT_EQ(read.label_hash(), table.label_hash());
}

TEST(SampleTableJson, KeepsAttributesWhereThereAreSome) {
  EXPECT_FALSE(samples().contains("attributes"));
  SampleTable table = testing::small_samples();
  CodedColumn sex{.codes = std::vector<std::int32_t>(table.size(), 1), .levels = {"F", "M"}};
  sex.codes[3] = -1;
  std::vector<double> ages(table.size(), 0.1 + 0.2);
  ages[5] = std::numeric_limits<double>::quiet_NaN();
  table.attributes = {{.name = "sex", .values = sex}, {.name = "age", .values = ages}};
  const json written = json::parse(sample_table_to_json(table).dump());
  const SampleTable read = sample_table_from_json(written);
  ASSERT_EQ(read.attributes.size(), 2u);
  EXPECT_EQ(read.attributes[0].name, "sex");
  EXPECT_EQ(std::get<CodedColumn>(read.attributes[0].values), sex);
  const auto& numbers = std::get<std::vector<double>>(read.attributes[1].values);
  EXPECT_EQ(numbers[0], 0.1 + 0.2);
  EXPECT_TRUE(std::isnan(numbers[5]));
  EXPECT_EQ(read.attributes[1].content_hash(), table.attributes[1].content_hash());

  json damaged = written;
  damaged["attributes"][1]["numbers"][0] = nullptr;
  expect_samples_refused("null is no number (a number, \"nan\", \"inf\" or \"-inf\" is needed)",
                         damaged);
  damaged = written;
  damaged["attributes"][1]["numbers"].erase(0);
  EXPECT_THROW(static_cast<void>(sample_table_from_json(damaged)), Error);
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
