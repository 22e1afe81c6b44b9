#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/imaging/extractor.h"

#include "imaging/test_images.h"
#include "imaging/tiny_models.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::error_of;
using test::models_folder;
using test::models_pattern;

std::vector<float> numbers_in(const std::string& line) {
  std::vector<float> numbers;
  std::istringstream stream(line);
  for (std::string field; std::getline(stream, field, ',');) numbers.push_back(std::stof(field));
  return numbers;
}

/// A copy of the tiny TorchScript model with its description changed.
fs::path model_with(const test::TemporaryFolder& folder, const std::string& from,
                    const std::string& to) {
  std::string text = read_file(models_folder / "tiny.pt.json", 1 << 16);
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  folder.write("model.pt.json", text);
  return folder.write("model.pt", read_file(models_folder / "tiny.pt", 1 << 20));
}

class ModelExtractors : public testing::TestWithParam<const char*> {};

TEST_P(ModelExtractors, GiveTheFeaturesThatPyTorchComputed) {
  const std::vector<float> expected =
      numbers_in(read_file(models_folder / "features.csv", 1 << 16));
  const std::string name = GetParam();
  const fs::path file = models_folder / (name == "torchscript" ? "tiny.pt" : "tiny.onnx");
  const auto extractor = make_extractor(name + ":" + file.string(), {.folder = models_folder});
  EXPECT_EQ(extractor->name(), "tiny");
  ASSERT_EQ(extractor->dim(), expected.size());
  ASSERT_TRUE(extractor->weights().has_value());
  EXPECT_EQ(extractor->weights()->hex(), sha256(read_file(file, 1 << 20)).hex());
  EXPECT_THAT(extractor->identity(), testing::StartsWith(name + " {"));
  std::vector<float> features(expected.size());
  for (int repeat = 0; repeat < 2; ++repeat) {
    extractor->extract(models_pattern(), features);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(features[i], expected[i], 1e-5) << i;
  }
}

INSTANTIATE_TEST_SUITE_P(Both, ModelExtractors, testing::Values("torchscript", "onnx"),
                         [](const auto& instance) { return std::string(instance.param); });

/// Batch normalisation and dropout: in training mode the numbers would be others each time, and
/// hang on the images before.
TEST(TorchScriptExtractor, PutsAModelSavedInTrainingModeIntoEvaluationMode) {
  const std::vector<float> expected =
      numbers_in(read_file(models_folder / "training_state.csv", 1 << 16));
  const auto extractor = make_extractor(
      "torchscript:" + (models_folder / "training_state.pt").string(), {.folder = models_folder});
  std::vector<float> features(expected.size());
  std::vector<float> others(expected.size());
  for (int repeat = 0; repeat < 5; ++repeat) {
    extractor->extract(models_pattern(), features);
    for (std::size_t i = 0; i < expected.size(); ++i)
      EXPECT_NEAR(features[i], expected[i], 1e-5) << i;
    extractor->extract(test::pattern(48, 32), others);
    EXPECT_NE(others, features);
  }
}

TEST(TorchScriptExtractor, NeedsTrustOutsideOfTheFolder) {
  const std::string model = (models_folder / "tiny.pt").string();
  const test::TemporaryFolder elsewhere;
  const Error error =
      error_of([&] { (void)make_extractor("torchscript:" + model, {.folder = elsewhere.path()}); });
  EXPECT_EQ(error.code(), ErrorCode::usage);
  EXPECT_EQ(std::string(error.what()),
            model + ": a TorchScript file outside of " + elsewhere.path().string() +
                " (loading one runs the code in it). say --trust if you know where it is from");
  EXPECT_EQ(make_extractor("torchscript:" + model,
                           {.folder = elsewhere.path(), .all = ModelTrust::All::trusted})
                ->dim(),
            5U);
  EXPECT_EQ(
      make_extractor("onnx:" + (models_folder / "tiny.onnx").string(), {.folder = elsewhere.path()})
          ->dim(),
      5U);
}

TEST(ModelExtractor, NeedsItsDescription) {
  const test::TemporaryFolder folder;
  const fs::path model = folder.write("m.onnx", "graph");
  EXPECT_EQ(std::string(error_of([&] { (void)make_extractor("onnx:" + model.string()); }).what()),
            model.string() +
                ".json: no such file (it says what the model takes and gives). write "
                "it beside the model, as jobs/export does");
  const std::string absent = (folder.path() / "no.onnx").string();
  EXPECT_EQ(std::string(error_of([&] { (void)make_extractor("onnx:" + absent); }).what()),
            absent + ": no such file (it should hold a model). check the path");
}

TEST(ModelExtractor, NamesWhatIsNoModel) {
  const test::TemporaryFolder folder;
  const std::string description = read_file(models_folder / "tiny.pt.json", 1 << 16);
  for (const char* name : {"m.pt", "m.onnx"}) {
    folder.write(std::string(name) + ".json", description);
    folder.write(name, "no model");
  }
  const auto message = [&](const std::string& kind, const std::string& name) {
    return error_of([&] {
             (void)make_extractor(kind + ":" + (folder.path() / name).string(),
                                  {.folder = folder.path()});
           })
        .message();
  };
  EXPECT_EQ(message("torchscript", "m.pt"),
            "no TorchScript module (LibTorch cannot load it). export it again with "
            "torch.jit.trace or torch.jit.script");
  EXPECT_EQ(message("onnx", "m.onnx"),
            "no ONNX graph that OpenCV can run (a layer may be unknown to it). export it with "
            "opset 11 and fixed sizes");
}

TEST(ModelExtractor, NamesEveryErrorInTheDescription) {
  const test::TemporaryFolder folder;
  const fs::path model = model_with(folder, "\"width\": 48,", "\"width\": 0, \"colour\": 1,");
  const std::string text =
      error_of([&] {
        (void)make_extractor("torchscript:" + model.string(), {.folder = folder.path()});
      }).what();
  EXPECT_THAT(text, testing::HasSubstr("/width"));
  EXPECT_THAT(text, testing::HasSubstr("colour"));
}

TEST(ModelExtractor, NamesADescriptionThatDoesNotFitTheModel) {
  const test::TemporaryFolder folder;
  std::vector<float> out(6);
  const fs::path model = model_with(folder, "\"dim\": 5", "\"dim\": 6");
  const auto wrong_dim = make_extractor("torchscript:" + model.string(), {.folder = folder.path()});
  EXPECT_EQ(error_of([&] { wrong_dim->extract(models_pattern(), out); }).message(),
            "the model 'tiny' gives 5 numbers where its description says 6. mend the description");
}

TEST(ModelExtractor, NamesAModelThatFails) {
  const test::TemporaryFolder folder;
  std::string text = read_file(models_folder / "tiny.pt.json", 1 << 16);
  const auto change = [&](const std::string& from, const std::string& to) {
    text.replace(text.find(from), from.size(), to);
  };
  change("gray three times", "gray");
  const std::size_t mean = text.find("\"mean\"");
  text.erase(mean, text.find("\"dim\"") - mean);
  folder.write("model.pt.json", text);
  const fs::path model = folder.write("model.pt", read_file(models_folder / "tiny.pt", 1 << 20));
  const auto extractor = make_extractor("torchscript:" + model.string(), {.folder = folder.path()});
  std::vector<float> out(5);
  EXPECT_EQ(error_of([&] { extractor->extract(models_pattern(), out); }).message(),
            "the model 'tiny' fails on it (its input may not be as its description says). compare "
            "the two");
}

}  // namespace
}  // namespace crossfold
