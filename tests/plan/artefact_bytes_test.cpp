#include "crossfold/plan/artefact_bytes.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/expect_error.h"
#include "plan/expect_artefacts.h"
#include "plan/sample_result.h"

namespace crossfold {
namespace {

using nlohmann::json;
using testing::fit_id;
using testing::full_result;

/// A document of a header and arrays, as anybody could write one.
std::string document(const json& header, const std::string& data) {
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  return bytes + text + data;
}

json metadata() { return {{"format", "crossfold-artefacts"}, {"fit", fit_id().hex()}}; }

json array(const char* type, json shape, std::size_t begin, std::size_t end) {
  return {{"dtype", type}, {"shape", std::move(shape)}, {"data_offsets", {begin, end}}};
}

void expect_refused(const std::string& message, const std::string& bytes) {
  expect_error(ErrorCode::bad_input, message,
               [&] { static_cast<void>(artefacts_from_bytes(bytes, fit_id())); });
}

TEST(ArtefactBytes, KeepEveryArray) {
  testing::expect_full_artefacts(
      artefacts_from_bytes(artefacts_to_bytes(fit_id(), full_result().artefacts), fit_id()));
}

TEST(ArtefactBytes, KeepWhatThereIsAndNothingElse) {
  Artefacts artefacts;
  artefacts.oos = Predictions{.rows = {7}, .classes = 2, .probabilities = {0.25, 0.75}};
  const Artefacts read = artefacts_from_bytes(artefacts_to_bytes(fit_id(), artefacts), fit_id());
  EXPECT_FALSE(read.held_out || read.curves || read.features);
  EXPECT_EQ(read.oos->probabilities, artefacts.oos->probabilities);
}

TEST(ArtefactBytes, KeepTheCurvesOfFurtherAdversaries) {
  Artefacts artefacts = full_result().artefacts;
  artefacts.curves->further_adversaries = {{.train_loss = {0.5, 0.25}, .lambda = {10, 9.5}},
                                           {.train_loss = {1, 2}, .lambda = {3, 4}}};
  const Artefacts read = artefacts_from_bytes(artefacts_to_bytes(fit_id(), artefacts), fit_id());
  testing::expect_full_artefacts(read);
  ASSERT_EQ(read.curves->further_adversaries.size(), 2U);
  EXPECT_EQ(read.curves->further_adversaries[0].train_loss, (std::vector<double>{0.5, 0.25}));
  EXPECT_EQ(read.curves->further_adversaries[0].lambda, (std::vector<double>{10, 9.5}));
  EXPECT_EQ(read.curves->further_adversaries[1].lambda, (std::vector<double>{3, 4}));
}

TEST(ArtefactBytes, KeepPredictionsOnNamedSetsInTheirOrder) {
  Artefacts artefacts = full_result().artefacts;
  artefacts.sets = {{.rows = {7, 9}, .classes = 2, .probabilities = {0.25, 0.75, 1, 0}},
                    {.rows = {}, .classes = 2, .probabilities = {}},
                    {.rows = {3}, .classes = 2, .probabilities = {0.5, 0.5}}};
  const Artefacts read = artefacts_from_bytes(artefacts_to_bytes(fit_id(), artefacts), fit_id());
  testing::expect_full_artefacts(read);
  ASSERT_EQ(read.sets.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read.sets[i].rows, artefacts.sets[i].rows);
    EXPECT_EQ(read.sets[i].classes, 2U);
    EXPECT_EQ(read.sets[i].probabilities, artefacts.sets[i].probabilities);
  }
}

/// The format of others: offsets are relative to the end of the header, arrays lie without gaps, at
/// multiples of their elements' size.
TEST(ArtefactBytes, AreASafetensorsDocument) {
  const std::string bytes = artefacts_to_bytes(fit_id(), full_result().artefacts);
  std::uint64_t length = 0;
  std::memcpy(&length, bytes.data(), sizeof length);
  EXPECT_EQ(length % 8, 0U);
  const json header = json::parse(bytes.substr(8, length));
  std::map<std::size_t, std::size_t> places;
  const std::map<std::string, std::size_t> sizes{{"F64", 8}, {"F32", 4}, {"U32", 4}};
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") {
      for (const auto& [key, value] : entry.items()) EXPECT_TRUE(value.is_string()) << key;
      continue;
    }
    const std::size_t begin = entry.at("data_offsets").at(0), end = entry.at("data_offsets").at(1);
    std::size_t expected = sizes.at(entry.at("dtype"));
    EXPECT_EQ(begin % expected, 0U) << name;
    for (const std::size_t extent : entry.at("shape")) expected *= extent;
    EXPECT_EQ(end - begin, expected) << name;
    if (end > begin) places[begin] = end;
  }
  std::size_t at = 0;
  for (const auto& [begin, end] : places) {
    EXPECT_EQ(begin, at);
    at = end;
  }
  EXPECT_EQ(8 + length + at, bytes.size());
}

/// A document, as others read it: the arrays by their names.
class ReadByOthers {
 public:
  explicit ReadByOthers(const std::string& bytes) {
    std::uint64_t length = 0;
    std::memcpy(&length, bytes.data(), sizeof length);
    header_ = json::parse(bytes.substr(sizeof length, length));
    data_ = bytes.substr(sizeof length + length);
  }
  [[nodiscard]] std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& [name, ignored] : header_.items()) found.insert(name);
    return found;
  }
  template <class T>
  [[nodiscard]] std::vector<T> values(const std::string& name) const {
    const json& offsets = header_.at(name).at("data_offsets");
    const std::size_t begin = offsets.at(0), end = offsets.at(1);
    std::vector<T> found((end - begin) / sizeof(T));
    std::memcpy(found.data(), data_.data() + begin, end - begin);
    return found;
  }
  [[nodiscard]] json shape(const std::string& name) const { return header_.at(name).at("shape"); }

 private:
  json header_;
  std::string data_;
};

/// data-schemas/results.md names them.
TEST(ArtefactBytes, HaveEachArrayUnderItsName) {
  Artefacts artefacts = testing::unlike_artefacts();
  artefacts.curves->further_adversaries = {{.train_loss = {4.5, 4.25}, .lambda = {5, 6}},
                                           {.train_loss = {7.5, 7.25}, .lambda = {8, 9}}};
  artefacts.sets = {{.rows = {11}, .classes = 3, .probabilities = {0, 0.75, 0.25}},
                    {.rows = {12, 13}, .classes = 3, .probabilities = {1, 0, 0, 0.5, 0.5, 0}}};
  const std::string bytes = artefacts_to_bytes(fit_id(), artefacts);
  testing::expect_unlike_artefacts(artefacts_from_bytes(bytes, fit_id()));

  const ReadByOthers read(bytes);
  const Curves& curves = *artefacts.curves;
  const std::map<std::string, std::vector<double>> doubles{
      {"in.probabilities", artefacts.held_out->probabilities},
      {"oos.probabilities", artefacts.oos->probabilities},
      {"set0.probabilities", artefacts.sets[0].probabilities},
      {"set1.probabilities", artefacts.sets[1].probabilities},
      {"curves.train_class_loss", curves.train_class_loss},
      {"curves.train_domain_loss", curves.train_domain_loss},
      {"curves.validation_loss", curves.validation_loss},
      {"curves.learning_rate", curves.learning_rate},
      {"curves.lambda", curves.lambda},
      {"curves.adversary1.train_loss", {4.5, 4.25}},
      {"curves.adversary1.lambda", {5, 6}},
      {"curves.adversary2.train_loss", {7.5, 7.25}},
      {"curves.adversary2.lambda", {8, 9}}};
  const std::map<std::string, std::vector<std::uint32_t>> rows{{"in.rows", {1, 4}},
                                                               {"oos.rows", {7}},
                                                               {"set0.rows", {11}},
                                                               {"set1.rows", {12, 13}},
                                                               {"features.rows", {0, 1, 2}}};
  std::set<std::string> names{"__metadata__", "features.values"};
  for (const auto& [name, expected] : doubles) {
    names.insert(name);
    EXPECT_EQ(read.values<double>(name), expected) << name;
  }
  for (const auto& [name, expected] : rows) {
    names.insert(name);
    EXPECT_EQ(read.values<std::uint32_t>(name), expected) << name;
  }
  EXPECT_EQ(read.values<float>("features.values"), artefacts.features->values);
  EXPECT_EQ(read.names(), names);
  EXPECT_EQ(read.shape("set1.probabilities"), json::array({2, 3}));
  EXPECT_EQ(read.shape("features.values"), json::array({3, 2}));
}

TEST(ArtefactBytes, AreRefusedWhereTheyAreAnotherFits) {
  const std::string bytes = artefacts_to_bytes(fit_id('b'), full_result().artefacts);
  expect_refused("belongs to fit \"" + fit_id('b').hex() + "\", not " + fit_id('a').hex(), bytes);
}

TEST(ArtefactBytes, AreRefusedWhereArraysAreNotWhatTheyClaim) {
  const json rows = array("U32", {2}, 0, 8);
  const auto refuse = [&](const std::string& message, const json& probabilities) {
    expect_refused(message, document({{"__metadata__", metadata()},
                                      {"in.rows", rows},
                                      {"in.probabilities", probabilities}},
                                     std::string(24, '\0')));
  };
  refuse("has 2 values in 'in.probabilities', which its shape does not fit",
         array("F64", {2, 2}, 8, 24));
  refuse("has no array 'in.probabilities' of its kind", array("F32", {2, 1}, 8, 24));
  refuse("has no array 'in.probabilities' of its kind", array("F64", {2}, 8, 24));
  refuse("has no array 'in.probabilities' of its kind", array("F64", {2, 1}, 8, 32));
  refuse("has no array 'in.probabilities' of its kind", array("F64", {2, 1}, 24, 8));
  refuse("has no array 'in.probabilities' of its kind", array("F64", {2, 1}, 8, 23));
  refuse("has 2 rows for 1 predictions", array("F64", {1, 2}, 8, 24));
  const std::uint64_t huge = std::uint64_t{1} << 47;  // squared and doubled it would wrap around
  refuse("has 0 values in 'in.probabilities', which its shape does not fit",
         array("F64", {huge, huge}, 8, 8));
  refuse("has 2 rows for 140737488355328 predictions", array("F64", {huge, 0}, 8, 8));
  expect_refused("is too short for a header", "1234567");
  expect_refused("has a header of 1024 bytes", std::string("\0\4\0\0\0\0\0\0", 8) + "{}");
}

TEST(ArtefactBytes, SurviveEveryWound) {
  const std::string bytes = artefacts_to_bytes(fit_id(), full_result().artefacts);
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged =
        bytes.substr(0, random() % 4 == 0 ? random() % bytes.size() : bytes.size());
    for (int wounds = 0; wounds < 3 && !damaged.empty(); ++wounds)
      damaged[random() % damaged.size()] = static_cast<char>(random());
    try {
      static_cast<void>(artefacts_from_bytes(damaged, fit_id()));
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
    }
  }
}

}  // namespace
}  // namespace crossfold
