#include "crossfold/imaging/segmenter.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/lung_mask.h"
#include "crossfold/imaging/segment_images.h"
#include "crossfold/imaging/train_segmenter.h"

#include "imaging/chest.h"
#include "imaging/test_images.h"
#include "imaging/tiny_models.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::Chest;
using test::error_of;
using test::models_folder;

class Segmentation : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 20; ++i) {
      const Chest chest(i);
      const std::string name = std::to_string(i) + ".png";
      samples_.push_back({folder_.write("in/" + name, test::encode_png(chest.image)),
                          folder_.write("masks/" + name, test::encode_png(chest.mask)),
                          "p" + std::to_string(i / 2)});
      rows_.push_back({.id = name, .path = "in/" + name});
    }
  }
  [[nodiscard]] TrainedSegmenter train(
      const std::string& name, std::function<void(const SegmentationEpoch&)> progress = {}) const {
    return train_segmenter(samples_, folder_.path() / name,
                           {.validation = 0.3,
                            .epochs = 12,
                            .batch = 4,
                            .side = 32,
                            .width = 4,
                            .learning_rate = 0.01,
                            .progress = std::move(progress)});
  }

  test::TemporaryFolder folder_;
  std::vector<SegmentationSample> samples_;
  std::vector<ImageRow> rows_;
};

TEST_F(Segmentation, LearnsToFindLungs) {
  const TrainedSegmenter trained = train("lungs.unet");
  EXPECT_EQ(trained.training_images, 14U);
  ASSERT_EQ(trained.held_out.size(), 6U);
  EXPECT_GT(trained.mean_dice, 0.85);
  // Patients have two images each: both are on one side.
  for (const fs::path& image : trained.held_out) {
    const int number = std::stoi(image.stem().string());
    const fs::path other = image.parent_path() / (std::to_string(number ^ 1) + ".png");
    EXPECT_THAT(trained.held_out, testing::Contains(other));
  }
  // The model in the file is the one that was scored.
  const auto segmenter = load_segmenter((folder_.path() / "lungs.unet").string());
  const GrayImage image = read_gray_image(trained.held_out[0]);
  const GrayImage mask = segmenter->segment(image);
  EXPECT_EQ(mask.width, image.width);
  EXPECT_EQ(mask.height, image.height);
  for (const std::uint8_t pixel : mask.pixels) ASSERT_TRUE(pixel == 0 || pixel == 255);

  const SegmentedImages segmented =
      segment_images(folder_.path(), rows_, *segmenter, folder_.path() / "made", 2);
  EXPECT_TRUE(segmented.bad.empty());
  EXPECT_EQ(segmented.masks[3], "3.png");
  const MaskPaths paths = read_mask_table(folder_.path() / "made/masks.csv", std::nullopt);
  EXPECT_EQ(paths.size(), 20U);
  EXPECT_EQ(read_lung_mask(paths.at(trained.held_out[0]), 48, 40), mask);
}

TEST_F(Segmentation, GivesTheSameModelForTheSameSeed) {
  (void)train("a.unet");
  (void)train("b.unet");
  EXPECT_EQ(read_file(folder_.path() / "a.unet", 1 << 24),
            read_file(folder_.path() / "b.unet", 1 << 24));
}

TEST_F(Segmentation, GoesOnToTheSameModelWhereItWasKilled) {
  std::vector<SegmentationEpoch> undisturbed;
  const TrainedSegmenter whole =
      train("whole.unet", [&](const SegmentationEpoch& epoch) { undisturbed.push_back(epoch); });
  std::vector<SegmentationEpoch> epochs;
  const auto stop_after = [&](int last) {
    return [&epochs, last](const SegmentationEpoch& epoch) {
      epochs.push_back(epoch);
      if (epoch.epoch == last) throw Error(ErrorCode::stopped, "killed", "");
    };
  };
  EXPECT_EQ(error_of([&] { (void)train("cut.unet", stop_after(3)); }).code(), ErrorCode::stopped);
  EXPECT_EQ(error_of([&] { (void)train("cut.unet", stop_after(4)); }).code(), ErrorCode::stopped);
  const TrainedSegmenter resumed = train("cut.unet", stop_after(0));
  ASSERT_EQ(epochs.size(), 12U);
  for (std::size_t i = 0; i < 12; ++i) {  // also those that come to no better model
    EXPECT_EQ(epochs[i].epoch, static_cast<int>(i) + 1);
    EXPECT_EQ(epochs[i].loss, undisturbed[i].loss) << "epoch " << i + 1;
    EXPECT_EQ(epochs[i].validation_dice, undisturbed[i].validation_dice) << "epoch " << i + 1;
  }
  EXPECT_EQ(resumed.held_out_dice, whole.held_out_dice);
  EXPECT_EQ(resumed.best_epoch, whole.best_epoch);
  EXPECT_EQ(read_file(folder_.path() / "cut.unet", 1 << 24),
            read_file(folder_.path() / "whole.unet", 1 << 24));
  EXPECT_FALSE(fs::exists(folder_.path() / "cut.unet.part"));
}

TEST_F(Segmentation, RefusesTheCheckpointOfAnotherTraining) {
  const auto stop = [](const SegmentationEpoch&) { throw Error(ErrorCode::stopped, "", ""); };
  EXPECT_EQ(error_of([&] { (void)train("a.unet", stop); }).code(), ErrorCode::stopped);
  const std::string part = (folder_.path() / "a.unet.part").string();
  std::string bytes = read_file(part, 1 << 24);
  samples_.pop_back();
  EXPECT_EQ(std::string(error_of([&] { (void)train("a.unet"); }).what()),
            part +
                ": the checkpoint of another training (other images, patients or settings). "
                "delete it, or name another model");
  samples_.push_back({folder_.path() / "in/19.png", folder_.path() / "masks/19.png", "p9"});
  const std::string sound = bytes;
  const auto refusal_of = [&](const std::string& content) {
    write_file_whole(part, content);
    return std::string(error_of([&] { (void)train("a.unet"); }).what());
  };
  const std::string damaged = part +
                              ": a damaged checkpoint (what it holds does not match its "
                              "hash). delete it to begin anew";
  bytes.back() = static_cast<char>(bytes.back() ^ 1);
  EXPECT_EQ(refusal_of(bytes), damaged);
  EXPECT_EQ(refusal_of(sound.substr(0, sound.size() - 4)), damaged);
  const std::size_t best = sound.find("\"epochs\":1");
  EXPECT_EQ(refusal_of(std::string(sound).replace(best, 10, "\"epochs\":2")), damaged);
}

TEST_F(Segmentation, ListsPairsThatCannotBeRead) {
  samples_[2].mask = folder_.write("small.png", test::encode_png(test::pattern(20, 20)));
  samples_[5].image = folder_.path() / "gone.png";
  const std::string text = error_of([&] { (void)train("x.unet"); }).what();
  EXPECT_THAT(text, testing::StartsWith("images with masks: 2 errors\n"));
  EXPECT_THAT(text, testing::HasSubstr("a lung mask of another size"));
  EXPECT_THAT(text, testing::HasSubstr("gone.png: no such file"));
}

TEST_F(Segmentation, NeedsPatientsOnBothSides) {
  samples_.resize(2);
  EXPECT_EQ(error_of([&] { (void)train("x.unet"); }).message(),
            "1 patients cannot be split into training and validation by 0.3 (each side needs one). "
            "give more images with masks, or another share");
}

TEST_F(Segmentation, ListsImagesThatCannotBeReadAndUnlikelyMasks) {
  class Nothing final : public Segmenter {
   public:
    [[nodiscard]] GrayImage segment(const GrayImage& image) const override {
      return {image.width, image.height, std::vector<std::uint8_t>(image.pixels.size(), 0)};
    }
  };
  rows_.resize(2);
  rows_[1].path = "in/gone.png";
  const SegmentedImages segmented =
      segment_images(folder_.path(), rows_, Nothing(), folder_.path() / "made", 2);
  ASSERT_EQ(segmented.bad.size(), 1U);
  EXPECT_EQ(segmented.bad[0].id, "1.png");
  ASSERT_EQ(segmented.odd.size(), 1U);
  EXPECT_EQ(segmented.odd[0].reason, "it covers 0 % of the image, where lungs cover 5 to 75 %");
}

TEST(LoadSegmenter, NamesWhatIsNoModel) {
  const test::TemporaryFolder folder;
  const fs::path other = folder.write("other.unet", "PK\x03\x04 torch archive");
  EXPECT_EQ(error_of([&] { (void)load_segmenter(other.string()); }).message(),
            "no lung model of 'crossfold segment train' (it begins otherwise). name the file that "
            "it wrote");
  const fs::path cut = folder.write(
      "cut.unet", "{\"format\":\"crossfold-unet\",\"format_version\":1,\"levels\":4,\"sha256\":\"" +
                      sha256("").hex() + "\",\"side\":32,\"width\":4}\n");
  EXPECT_EQ(error_of([&] { (void)load_segmenter(cut.string()); }).message(),
            "a damaged lung model (it has too few numbers or too many). fetch or train it "
            "again");
  const fs::path changed = folder.write(
      "changed.unet",
      "{\"format\":\"crossfold-unet\",\"format_version\":1,\"levels\":4,\"sha256\":\"00\","
      "\"side\":32,\"width\":4}\n");
  EXPECT_EQ(error_of([&] { (void)load_segmenter(changed.string()); }).message(),
            "a damaged lung model (its numbers do not match their hash). fetch or train it again");
}

TEST(TorchScriptSegmenter, GivesTheMaskThatPyTorchComputed) {
  const auto segmenter = load_segmenter("torchscript:" + (models_folder / "tiny_maps.pt").string(),
                                        {.folder = models_folder});
  const GrayImage mask = segmenter->segment(test::models_pattern());
  std::string drawn;
  for (std::size_t i = 0; i < mask.pixels.size(); ++i) {
    drawn += mask.pixels[i] == 255 ? '#' : '.';
    if (i % 48 == 47) drawn += '\n';
  }
  EXPECT_EQ(drawn, read_file(models_folder / "mask.txt", 1 << 16));
}

TEST(TorchScriptSegmenter, NamesEveryErrorOfItsDescription) {
  const test::TemporaryFolder folder;
  const fs::path model =
      folder.write("maps.pt", read_file(models_folder / "tiny_maps.pt", 1 << 20));
  const std::string name = "torchscript:" + model.string();
  EXPECT_EQ(error_of([&] { (void)load_segmenter(name); }).code(), ErrorCode::usage);
  const ModelTrust trust{.all = ModelTrust::All::trusted};
  folder.write("maps.pt.json", R"({"format": "crossfold-segmenter", "format_version": 1,
    "name": "maps", "width": 48, "height": 32, "lungs": [0.5], "output": "masks"})");
  const std::string text = error_of([&] { (void)load_segmenter(name, trust); }).what();
  EXPECT_THAT(text, testing::HasSubstr("lungs: must hold the numbers of maps, from 0"));
  EXPECT_THAT(text, testing::HasSubstr("output"));
  folder.write("maps.pt.json", R"({"format": "crossfold-segmenter", "format_version": 1,
    "name": "maps", "width": 48, "height": 32, "channels": "gray three times", "lungs": [3],
    "output": "logits"})");
  const GrayImage image{1, 1, {7}};
  EXPECT_EQ(error_of([&] { (void)load_segmenter(name, trust)->segment(image); }).message(),
            "the model 'maps' gives 3 maps (its description counts the one with number 3 among the "
            "lungs). mend the description");
  folder.write("maps.pt.json", R"({"format": "crossfold-segmenter", "format_version": 1,
    "name": "maps", "width": 48, "height": 32, "lungs": [0], "output": "logits"})");
  EXPECT_THAT(error_of([&] { (void)load_segmenter(name, trust)->segment(image); }).message(),
              testing::StartsWith("the model 'maps' fails on it"));
}

}  // namespace
}  // namespace crossfold
