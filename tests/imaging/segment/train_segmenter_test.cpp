// What a training may and may not depend on, and what it may write over.

#include "crossfold/imaging/train_segmenter.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/segmenter.h"

#include "imaging/chest.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::Chest;
using test::error_of;
using testing::ElementsAreArray;
using testing::Not;

/// 2 |A and B| / (|A| + |B|), written anew.
double dice_of(const GrayImage& a, const GrayImage& b) {
  double both = 0;
  double first = 0;
  double second = 0;
  for (std::size_t i = 0; i < a.pixels.size(); ++i) {
    both += a.pixels[i] > 0 && b.pixels[i] > 0 ? 1 : 0;
    first += a.pixels[i] > 0 ? 1 : 0;
    second += b.pixels[i] > 0 ? 1 : 0;
  }
  return 2 * both / (first + second);
}

class TrainSegmenter : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 18; ++i) {
      const Chest chest(i);
      add(chest.image, chest.mask, "p" + std::to_string(i / 3));
    }
  }
  void add(const GrayImage& image, const GrayImage& mask, const std::string& patient) {
    const std::string name = std::to_string(samples_.size()) + ".png";
    samples_.push_back({folder_.write("in/" + name, test::encode_png(image)),
                        folder_.write("masks/" + name, test::encode_png(mask)), patient});
  }
  /// Trains to a file of that name; the epochs come into `epochs_`.
  TrainedSegmenter train(const std::string& name, int epochs = 3, std::uint64_t seed = 1,
                         int patience = 1000) {
    epochs_.clear();
    return train_segmenter(
        samples_, model(name),
        {.validation = 0.34,
         .epochs = epochs,
         .patience = patience,
         .batch = 4,
         .side = 32,
         .width = 4,
         .learning_rate = learning_rate_,
         .seed = seed,
         .progress = [this](const SegmentationEpoch& epoch) { epochs_.push_back(epoch); }});
  }
  [[nodiscard]] fs::path model(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] std::vector<double> losses() const {
    std::vector<double> losses;
    for (const SegmentationEpoch& epoch : epochs_) losses.push_back(epoch.loss);
    return losses;
  }
  [[nodiscard]] bool is_held_out(const SegmentationSample& sample,
                                 const TrainedSegmenter& trained) const {
    return std::find(trained.held_out.begin(), trained.held_out.end(), sample.image) !=
           trained.held_out.end();
  }

  test::TemporaryFolder folder_;
  std::vector<SegmentationSample> samples_;
  std::vector<SegmentationEpoch> epochs_;
  double learning_rate_ = 0.01;
};

TEST_F(TrainSegmenter, HoldsOutWholePatients) {
  for (const std::uint64_t seed : {1, 2, 3}) {
    const TrainedSegmenter trained = train("split" + std::to_string(seed), 1, seed);
    std::set<std::string> held_out;
    std::set<std::string> trained_on;
    for (const SegmentationSample& sample : samples_)
      (is_held_out(sample, trained) ? held_out : trained_on).insert(sample.patient);
    EXPECT_EQ(held_out.size(), 2U);  // 0.34 of six
    EXPECT_EQ(trained_on.size(), 4U);
    EXPECT_EQ(trained.training_images, 12U);
    EXPECT_EQ(trained.held_out.size(), 6U);
  }
}

TEST_F(TrainSegmenter, LearnsNothingFromHeldOutImages) {
  const TrainedSegmenter before = train("before");
  const std::vector<double> losses_before = losses();
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (!is_held_out(samples_[i], before)) continue;
    const Chest other(static_cast<int>(i) + 100);
    GrayImage inverse = other.image;
    for (std::uint8_t& pixel : inverse.pixels) pixel = static_cast<std::uint8_t>(255 - pixel);
    write_file_whole(samples_[i].image, test::encode_png(inverse));
    write_file_whole(samples_[i].mask, test::encode_png(other.mask));
  }
  const TrainedSegmenter after = train("after");
  EXPECT_EQ(after.held_out, before.held_out);
  EXPECT_THAT(losses(), ElementsAreArray(losses_before));
  EXPECT_NE(after.held_out_dice, before.held_out_dice);
}

TEST_F(TrainSegmenter, LearnsFromEveryTrainingImageAndMask) {
  const TrainedSegmenter before = train("before", 1);
  const std::vector<double> losses_before = losses();
  for (std::size_t i = 0; i < samples_.size(); ++i) {
    if (is_held_out(samples_[i], before)) continue;
    SCOPED_TRACE(i);
    for (const fs::path& file : {samples_[i].image, samples_[i].mask}) {
      const std::string bytes = read_file(file, 1 << 20);
      GrayImage image = read_gray_image(file);
      for (std::size_t p = 0; p < image.pixels.size() / 3; ++p) image.pixels[p] = 255;
      write_file_whole(file, test::encode_png(image));
      (void)train("changed" + std::to_string(i) + file.parent_path().stem().string(), 1);
      EXPECT_THAT(losses(), Not(ElementsAreArray(losses_before)));
      write_file_whole(file, bytes);
    }
  }
}

TEST_F(TrainSegmenter, DependsOnItsSeed) {
  const TrainedSegmenter one = train("one", 1, 1);
  const std::vector<double> losses_one = losses();
  bool other_split = false;
  for (const std::uint64_t seed : {2, 3, 4}) {
    const TrainedSegmenter other = train("seed" + std::to_string(seed), 1, seed);
    EXPECT_THAT(losses(), Not(ElementsAreArray(losses_one)));
    other_split = other_split || other.held_out != one.held_out;
  }
  EXPECT_TRUE(other_split);
}

/// At a learning rate of 0 the model that is written has the weights that it began with.
TEST_F(TrainSegmenter, BeginsWithOtherWeightsForEachSeed) {
  learning_rate_ = 0;
  const auto first_layer = [&](std::uint64_t seed, const std::string& name) {
    (void)train(name, 1, seed);
    const std::string bytes = read_file(model(name), 1 << 24);
    return bytes.substr(bytes.find('\n') + 1, 4 * 3 * 3 * sizeof(float));  // behind the header
  };
  std::set<std::string> seen;
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    seen.insert(first_layer(seed, "seed" + std::to_string(seed)));
  EXPECT_EQ(seen.size(), 4U);
  EXPECT_TRUE(seen.contains(first_layer(4, "again")));
}

/// Also: the running statistics of the network are used, and an image is segmented as if alone.
TEST_F(TrainSegmenter, WritesTheBestModelNotTheLast) {
  learning_rate_ = 0.08;  // so that it gets worse at times
  TrainedSegmenter trained;
  std::vector<double> dice;
  std::string name;
  for (int epochs = 4; dice.empty() || dice.back() == *std::max_element(dice.begin(), dice.end());
       ++epochs) {
    ASSERT_LE(epochs, 16) << "the last epoch was the best one each time";
    name = std::to_string(epochs) + ".unet";
    trained = train(name, epochs);
    dice.clear();
    for (const SegmentationEpoch& epoch : epochs_) dice.push_back(epoch.validation_dice);
  }
  const auto best = std::max_element(dice.begin(), dice.end());
  EXPECT_EQ(trained.best_epoch, best - dice.begin() + 1);
  EXPECT_EQ(trained.mean_dice, *best);
  const auto segmenter = load_segmenter(model(name).string());
  for (int repeat = 0; repeat < 2; ++repeat)
    for (std::size_t i = 0; i < trained.held_out.size(); ++i) {
      const auto sample =
          std::find_if(samples_.begin(), samples_.end(),
                       [&](const SegmentationSample& s) { return s.image == trained.held_out[i]; });
      EXPECT_DOUBLE_EQ(dice_of(segmenter->segment(read_gray_image(sample->image)),
                               read_gray_image(sample->mask)),
                       trained.held_out_dice[i])
          << i;
    }
}

TEST_F(TrainSegmenter, EndsAfterItsPatience) {
  learning_rate_ = 0.08;
  for (const int patience : {1, 3}) {
    const TrainedSegmenter trained = train("p" + std::to_string(patience), 60, 1, patience);
    ASSERT_LT(epochs_.size(), 60U);
    EXPECT_EQ(epochs_.back().epoch - trained.best_epoch, patience);
    EXPECT_EQ(epochs_.back().epoch, static_cast<int>(epochs_.size()));
  }
}

/// Images of one gray, which no motion changes: the first loss tells the masks alone. Were these
/// not changed by motion either, as many patients as one likes would give the same.
class TrainSegmenterMotion : public TrainSegmenter {
 protected:
  /// How far the first losses of so many and so many patients are apart, each with these masks.
  double spread(const std::vector<GrayImage>& masks, int few, int many) {
    return std::abs(first_loss(masks, few) - first_loss(masks, many));
  }
  /// White from column `first` to before `last`.
  static GrayImage stripe(int first, int last) {
    GrayImage mask{48, 48, {}};
    for (int p = 0; p < 48 * 48; ++p)
      mask.pixels.push_back(p % 48 >= first && p % 48 < last ? 255 : 0);
    return mask;
  }

 private:
  double first_loss(const std::vector<GrayImage>& masks, int patients) {
    samples_.clear();
    for (int i = 0; i < patients; ++i)
      for (const GrayImage& mask : masks)
        add({48, 48, std::vector<std::uint8_t>(48 * 48, 90)}, mask, "p" + std::to_string(i));
    double loss = 0;
    (void)train_segmenter(samples_, model(std::to_string(++models_)),
                          {.validation = 0.34,
                           .epochs = 1,
                           .batch = 100,
                           .side = 32,
                           .width = 4,
                           .progress = [&](const SegmentationEpoch& epoch) { loss = epoch.loss; }});
    return loss;
  }

  int models_ = 0;
};

TEST_F(TrainSegmenterMotion, MovesTheMaskWithItsImage) {
  EXPECT_GT(spread({stripe(0, 20)}, 12, 24), 1e-3);
}

/// A white mask would stay white if its border were repeated. As half of the masks at most may be
/// white, the others show one pixel: what its motion does to the loss is told by the empty ones.
TEST_F(TrainSegmenterMotion, HasNoLungBeyondTheBorderOfAMask) {
  GrayImage pixel = stripe(0, 0);
  pixel.pixels[24 * 48 + 24] = 255;
  EXPECT_GT(spread({stripe(0, 48), pixel}, 3, 12), 5 * spread({stripe(0, 0), pixel}, 3, 12));
}

class TrainSegmenterFiles : public TrainSegmenter {
 protected:
  void expect_left_alone(const std::string& name, const std::string& content,
                         const std::string& message) {
    const fs::path path = folder_.write(name, content);
    const Error error = error_of([&] { (void)train("a.unet", 1); });
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(std::string(error.what()), path.string() + ": " + message);
    EXPECT_EQ(read_file(path, 1 << 24), content);
    EXPECT_TRUE(epochs_.empty());
    fs::remove(path);
  }
};

TEST_F(TrainSegmenterFiles, LeaveACheckpointThatIsNoneAlone) {
  const std::string message =
      "is no checkpoint of 'crossfold segment train', which would keep its state there, and is "
      "left "
      "alone. move it away, or name another --out";
  for (const char* content : {"my notes\n", "", "{\"format\": 1}\n", "[1]\n", "{\"format\":\"x\"}",
                              "{\"format\":\"crossfold-unet\",\"format_version\":1}\n1234"})
    expect_left_alone("a.unet.part", content, message);
}

TEST_F(TrainSegmenterFiles, LeaveAModelThatIsNoneAlone) {
  const std::string message =
      "is there already, and is no whole lung model of 'crossfold segment train'. name another "
      "--out, or move this file away";
  for (const char* content :
       {"image,mask\na.png,b.png\n", "", "{\"format\":\"crossfold-unet\"}\nnumbers"})
    expect_left_alone("a.unet", content, message);
}

/// One is another by each setting but threads and progress, and by each thing of each sample.
TEST_F(TrainSegmenterFiles, LeaveTheModelOfAnotherTrainingAlone) {
  const SegmentationSettings settings{
      .validation = 0.34, .epochs = 1, .batch = 4, .side = 32, .width = 4, .learning_rate = 0.01};
  (void)train_segmenter(samples_, model("a.unet"), settings);
  const std::string first = read_file(model("a.unet"), 1 << 24);
  (void)train_segmenter(samples_, model("a.unet"), settings);  // the same training
  EXPECT_EQ(read_file(model("a.unet"), 1 << 24), first);
  const auto refused = [&](const std::string& what, const SegmentationSettings& other) {
    const Error error = error_of([&] { (void)train_segmenter(samples_, model("a.unet"), other); });
    EXPECT_EQ(error.message(),
              "is there already: the lung model of another training (other images, patients or "
              "settings). name another --out, or move this file away")
        << what;
    EXPECT_EQ(read_file(model("a.unet"), 1 << 24), first) << what;
  };
  const auto with = [&](auto SegmentationSettings::*setting, auto value) {
    SegmentationSettings other = settings;
    other.*setting = value;
    return other;
  };
  refused("validation", with(&SegmentationSettings::validation, 0.35));
  refused("epochs", with(&SegmentationSettings::epochs, 2));
  refused("patience", with(&SegmentationSettings::patience, 9));
  refused("batch", with(&SegmentationSettings::batch, 5));
  refused("side", with(&SegmentationSettings::side, 48));
  refused("width", with(&SegmentationSettings::width, 5));
  refused("learning rate", with(&SegmentationSettings::learning_rate, 0.011));
  refused("seed", with(&SegmentationSettings::seed, 2));

  const std::vector<SegmentationSample> samples = samples_;
  const auto refused_with = [&](const std::string& what, auto change) {
    change(samples_[4]);
    refused(what, settings);
    samples_ = samples;
  };
  refused_with("another patient", [](SegmentationSample& sample) { sample.patient = "p5"; });
  for (fs::path SegmentationSample::*file :
       {&SegmentationSample::image, &SegmentationSample::mask}) {
    const std::string bytes = read_file(samples[4].*file, 1 << 20);
    refused_with("a file of another name", [&](SegmentationSample& sample) {
      sample.*file = folder_.write("moved.png", bytes);
    });
    refused_with("another file of the same name", [&](SegmentationSample& sample) {
      const Chest other(77);
      write_file_whole(
          sample.*file,
          test::encode_png(file == &SegmentationSample::image ? other.image : other.mask));
    });
    write_file_whole(samples[4].*file, bytes);
  }
  (void)train_segmenter(samples_, model("a.unet"), settings);  // all is as it was
}

TEST_F(TrainSegmenterFiles, LeaveTheCheckpointOfOtherPixelsAlone) {
  const auto stop = [](const SegmentationEpoch&) { throw Error(ErrorCode::stopped, "", ""); };
  SegmentationSettings settings{
      .validation = 0.34, .epochs = 3, .batch = 4, .side = 32, .width = 4, .progress = stop};
  EXPECT_EQ(error_of([&] { train_segmenter(samples_, model("a.unet"), settings); }).code(),
            ErrorCode::stopped);
  const std::string part = read_file(model("a.unet.part"), 1 << 24);
  write_file_whole(samples_[3].image, test::encode_png(Chest(50).image));
  EXPECT_EQ(error_of([&] { train_segmenter(samples_, model("a.unet"), settings); }).message(),
            "the checkpoint of another training (other images, patients or settings). delete it, "
            "or name another model");
  EXPECT_EQ(read_file(model("a.unet.part"), 1 << 24), part);
}

class TrainSegmenterMasks : public TrainSegmenter {
 protected:
  void fill(std::size_t i, std::uint8_t gray) const {
    write_file_whole(samples_[i].mask,
                     test::encode_png({48, 40, std::vector<std::uint8_t>(48 * 40, gray)}));
  }
};

TEST_F(TrainSegmenterMasks, MustShowLungsInMost) {
  for (std::size_t i = 0; i < 10; ++i) fill(i, i % 2 == 0 ? 0 : 255);
  const Error error = error_of([&] { (void)train("a.unet", 1); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  std::string expected =
      "10 of 18 lung masks are empty or full (the lungs are the higher of two grays, or 128 and "
      "more "
      "of several). give masks that show lungs";
  for (std::size_t i = 0; i < 10; ++i) expected += "\n  " + samples_[i].mask.string();
  EXPECT_EQ(error.message(), expected);
  EXPECT_FALSE(fs::exists(model("a.unet")));
  EXPECT_FALSE(fs::exists(model("a.unet.part")));
  write_file_whole(samples_[9].mask, test::encode_png(Chest(9).mask));
  EXPECT_EQ(train("a.unet", 1).held_out.size(), 6U);  // half of them is not most
}

TEST_F(TrainSegmenterMasks, MayHaveAnyTwoGrays) {
  (void)train("a.unet");
  const std::vector<double> expected = losses();
  const std::vector<std::pair<int, int>> grays = {{0, 1}, {1, 2}, {3, 200}, {0, 127}, {254, 255}};
  for (const auto& [ground, lung] : grays) {
    for (const SegmentationSample& sample : samples_) {
      GrayImage mask = read_gray_image(sample.mask);
      const std::uint8_t high = *std::max_element(mask.pixels.begin(), mask.pixels.end());
      for (std::uint8_t& pixel : mask.pixels)
        pixel = static_cast<std::uint8_t>(pixel == high ? lung : ground);
      write_file_whole(sample.mask, test::encode_png(mask));
    }
    (void)train("grays" + std::to_string(lung));
    EXPECT_THAT(losses(), ElementsAreArray(expected)) << ground << " and " << lung;
  }
}

}  // namespace
}  // namespace crossfold
