// embed, segment and manifest as their users call them: what they leave alone, name and refuse.

#include <filesystem>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"
#include "imaging/chest.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using test::Chest;
using ::testing::HasSubstr;
using ::testing::Not;

std::size_t times(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
    ++count;
  return count;
}

class Images : public ::testing::Test {
 protected:
  void SetUp() override {
    manifest_ = "image,patient,class,source\n";
    masks_ = "image,mask\n";
    for (int i = 0; i < 6; ++i) add("i" + std::to_string(i) + ".png", Chest(i));
  }
  void add(const std::string& name, const Chest& chest) {
    write_text(file(name), test::encode_png(chest.image));
    write_text(file("mask_" + name), test::encode_png(chest.mask));
    manifest_ += name + ",p" + name + "," + (rows_++ % 2 == 0 ? "a" : "b") + ",u\n";
    masks_ += name + ",mask_" + name + "\n";
    write_text(file("m.csv"), manifest_);
    write_text(file("masks.csv"), masks_);
  }
  [[nodiscard]] std::string file(const std::string& name) const { return folder_.file(name); }
  Ended embed(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{"embed", file("m.csv"), "--store", file("s.h5")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_crossfold(arguments);
  }
  Ended train(const std::string& model, const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{
        "segment",  "train", file("masks.csv"), "--manifest", file("m.csv"), "-o", file(model),
        "--epochs", "1",     "--threads",       "1"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_crossfold(arguments);
  }
  /// The rows of a set as `store export` prints them: a line an image.
  [[nodiscard]] std::string exported(const std::string& store) const {
    const Ended ended = run_crossfold({"store", "export", file(store), "texture/raw"});
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }

  ScratchFolder folder_;
  std::string manifest_;
  std::string masks_;
  int rows_ = 0;
};

TEST_F(Images, EmbedLeavesAFileOfTheUserAlone) {
  write_text(file("s.h5.part"), "my notes\n");
  const Ended ended = embed();
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(
      ended.err,
      HasSubstr("crossfold: " + file("s.h5.part") +
                ": is no journal of 'crossfold embed', which would keep the finished images "
                "there, and is left alone. move it away, or name another --store\n"));
  EXPECT_EQ(read_text(file("s.h5.part")), "my notes\n");
  EXPECT_FALSE(fs::exists(file("s.h5")));
}

TEST_F(Images, EmbedWhoseSummaryNobodyReadsHasItsStore) {
  const auto embed_into = [&](const std::string& before, const std::string& more) {
    return Child({"bash", "-c",
                  before + crossfold_program() + " -q embed " + file("m.csv") + " --store " +
                      file("s.h5") + " " + more},
                 folder_.path())
        .wait();
  };
  const Ended unread = embed_into("exec 3> >(true); wait $!; ", ">&3");
  EXPECT_EQ(unread.code, 141);
  EXPECT_EQ(unread.err, "");
  EXPECT_FALSE(exported("s.h5").empty());
  const Ended full = embed_into("", "--replace > /dev/full");
  EXPECT_EQ(full.code, 4);
  EXPECT_EQ(full.err,
            "crossfold: standard output: cannot write (No space left on device). free space or "
            "send the output elsewhere\nonly this summary is lost: " +
                file("s.h5") + " is complete\n");
  EXPECT_FALSE(fs::exists(file("s.h5.part")));
}

TEST_F(Images, EmbedComparesImagesWithThoseOfTheStore) {
  ASSERT_EQ(embed().code, 0);
  const std::string image = read_text(file("i2.png"));
  write_text(file("i2.png"), read_text(file("i4.png")));
  write_text(file("i4.png"), image);
  const std::vector<std::string> equalized{"--preprocess", "equalized"};
  const Ended refused = embed(equalized);
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr(": 'i2.png', 'i4.png' (sets of one store are of the same"));
  const std::string before = exported("s.h5");
  const Ended meant = embed({"--preprocess", "equalized", "--other-images"});
  EXPECT_EQ(meant.code, 0) << meant.err;
  EXPECT_EQ(exported("s.h5"), before);
  EXPECT_EQ(run_crossfold({"store", "export", file("s.h5"), "texture/equalized"}).code, 0);
}

TEST_F(Images, EmbedLeavesTheJournalOfAnotherPreprocessingAlone) {
  write_text(file("i3.png"), "hello");
  EXPECT_EQ(embed().code, 3);
  const std::string journal = read_text(file("s.h5.part"));
  const Ended other = embed({"--preprocess", "equalized"});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err,
              HasSubstr(file("s.h5.part") +
                        ": holds the finished images of another embedding (5 images of "
                        "texture/raw), and is left alone. finish that one with its own command, or "
                        "delete this file, or name another --store\n"));
  EXPECT_EQ(read_text(file("s.h5.part")), journal);
  write_text(file("i3.png"), test::encode_png(Chest(3).image));
  EXPECT_EQ(embed().code, 0);
  EXPECT_FALSE(fs::exists(file("s.h5.part")));
}

TEST_F(Images, EmbedGoesOnWithWhatIsInTheFilesNow) {
  const auto of_equal_size = [](int number) {
    std::string bytes = test::encode_png(Chest(number).image);
    EXPECT_LT(bytes.size(), 4096U);
    bytes.resize(4096, 'x');  // what follows an image is no part of it
    return bytes;
  };
  write_text(file("i1.png"), of_equal_size(1));
  write_text(file("i3.png"), "hello");
  EXPECT_EQ(embed().code, 3);
  const auto time = fs::last_write_time(file("i1.png"));
  write_text(file("i1.png"), of_equal_size(101));
  fs::last_write_time(file("i1.png"), time);
  write_text(file("i3.png"), test::encode_png(Chest(3).image));
  const Ended went_on = embed();
  ASSERT_EQ(went_on.code, 0) << went_on.err;
  EXPECT_THAT(went_on.err, HasSubstr("4 of 6 images are done already"));
  const std::string after = exported("s.h5");
  fs::remove(file("s.h5"));
  ASSERT_EQ(embed().code, 0);
  EXPECT_EQ(exported("s.h5"), after);
}

/// Rows, ids and patients stay together when images in between are left out.
TEST_F(Images, EmbedSkipsBadImagesWithTheirOwnRows) {
  ASSERT_EQ(embed().code, 0);
  const std::string whole = exported("s.h5");
  fs::remove(file("s.h5"));
  write_text(file("i0.png"), "hello");
  fs::remove(file("i4.png"));
  const Ended skipped = embed({"--skip-bad"});
  ASSERT_EQ(skipped.code, 0) << skipped.err;
  EXPECT_THAT(skipped.out, HasSubstr(": written, 2 images left out\n"));
  const auto lines_of = [](const std::string& text) {
    std::vector<std::string> all;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
      all.push_back(text.substr(at, text.find('\n', at) - at));
    return all;
  };
  std::vector<std::string> expected = lines_of(whole);
  ASSERT_EQ(expected.size(), 7U);
  expected.erase(expected.begin() + 5);
  expected.erase(expected.begin() + 1);
  EXPECT_EQ(lines_of(exported("s.h5")), expected);
}

TEST_F(Images, EmbedNamesBlankImagesOnce) {
  write_text(file("i2.png"),
             test::encode_png({48, 40, std::vector<std::uint8_t>(std::size_t{48} * 40, 255)}));
  write_text(file("i5.png"),
             test::encode_png({48, 40, std::vector<std::uint8_t>(std::size_t{48} * 40, 0)}));
  const Ended ended = embed();
  EXPECT_EQ(ended.code, 0);
  EXPECT_THAT(ended.err,
              HasSubstr("2 of 6 images are blank or nearly blank (nothing of a patient "
                        "is in them). look at them; leave them out of the manifest, or "
                        "mend them\n"
                        "  sample 'i2.png', i2.png: blank (all of it has the gray 255)\n"
                        "  sample 'i5.png', i5.png: blank (all of it has the gray 0)\n"));
  EXPECT_EQ(times(ended.err, "blank (all"), 2U);
}

TEST_F(Images, EmbedNamesEmptyMasks) {
  const std::vector<std::string> masked{"--masks", file("masks.csv"), "--preprocess", "masked"};
  const Ended good = embed(masked);
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.err, Not(HasSubstr("unlikely")));
  fs::remove(file("s.h5"));
  for (const char* name : {"mask_i1.png", "mask_i4.png"})
    write_text(file(name),
               test::encode_png({48, 40, std::vector<std::uint8_t>(std::size_t{48} * 40, 0)}));
  const Ended ended = embed(masked);
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_THAT(ended.err,
              HasSubstr("2 of 6 images are embedded with an unlikely lung mask. look at them, and "
                        "mend the masks\n"
                        "  2 images: it covers 0 % of the image, where lungs cover 5 to 75 %\n"
                        "    sample 'i1.png', i1.png\n"
                        "    sample 'i4.png', i4.png\n"));
}

/// As an import does: refused, until a word of the user says what they are.
TEST_F(Images, EmbedTakesDoubtfulPatientsAsItIsTold) {
  struct Doubt {
    std::vector<std::string> patients, word;
  };
  for (const Doubt& doubt :
       {Doubt{{"nan", "p1", "p2", "p3", "p4", "p5"}, {"--missing-words", "missing"}},
        Doubt{{"P1", "p1", "p2", "p3", "p4", "p5"}, {"--spellings", "merge"}},
        Doubt{{"p1", "p1", "p1", "p1", "p4", "p5"}, {"--allow-large-group"}}}) {
    SCOPED_TRACE(doubt.word.front());
    std::string manifest = "image,patient,class,source\n";
    for (int i = 0; i < 6; ++i)
      manifest += "i" + std::to_string(i) + ".png," +
                  doubt.patients.at(static_cast<std::size_t>(i)) +
                  (i % 2 == 0 ? ",a,u\n" : ",b,u\n");
    write_text(file("m.csv"), manifest);
    fs::remove(file("s.h5"));
    const Ended refused = embed();
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.err, HasSubstr("'patient'"));
    EXPECT_FALSE(fs::exists(file("s.h5")));
    const Ended told = embed(doubt.word);
    EXPECT_EQ(told.code, 0) << told.err;
  }
}

TEST_F(Images, EmbedRefusesMasksThatNothingUses) {
  const Ended raw = embed({"--masks", file("masks.csv"), "--preprocess", "raw,equalized"});
  EXPECT_EQ(raw.code, 2);
  EXPECT_EQ(raw.err,
            "crossfold: --masks: is not used by --preprocess raw,equalized (no step of it needs a "
            "mask). add one of masked, lung-crop, or leave it out\n");
  for (const char* names : {"raw,lung-crop", "lung-crop,raw", "raw,masked,equalized"})
    EXPECT_EQ(embed({"--masks", file("gone.csv"), "--preprocess", names}).code, 4) << names;
  write_text(file("others.csv"), "image,mask\nelsewhere/i0.png,mask_i0.png\n");
  const Ended others = embed({"--masks", file("others.csv"), "--preprocess", "masked"});
  EXPECT_EQ(others.code, 3);
  EXPECT_THAT(others.err, HasSubstr(file("others.csv") +
                                    ": has no mask of an image of the manifest (the first of its 1 "
                                    "images is " +
                                    file("elsewhere/i0.png") + ", that of the manifest " +
                                    file("i0.png") + "). name the table of these images"));
  EXPECT_FALSE(fs::exists(file("s.h5")));
}

TEST_F(Images, EmbedAndSegmentTrainNameMasksOfOtherImages) {
  for (int i = 6; i < 10; ++i) masks_ += "i" + std::to_string(i) + ".png,mask_i0.png\n";
  write_text(file("masks.csv"), masks_);
  const std::string unused =
      "warning " + file("masks.csv") +
      ": 4 of 10 masks are not used (the manifest does not have their images): i6.png, i7.png, "
      "i8.png and 1 more\n";
  const Ended embedded = embed({"--masks", file("masks.csv"), "--preprocess", "masked"});
  EXPECT_EQ(embedded.code, 0) << embedded.err;
  EXPECT_THAT(embedded.err, HasSubstr(unused));
  const Ended trained = train("a.unet");
  EXPECT_EQ(trained.code, 0) << trained.err;
  EXPECT_THAT(trained.err, HasSubstr(unused));
}

TEST_F(Images, SegmentTrainLeavesFilesOfTheUserAlone) {
  for (const char* name : {"a.unet", "a.unet.part", "a.unet.validation.csv"}) {
    write_text(file(name), "my notes\n");
    const Ended ended = train("a.unet");
    EXPECT_EQ(ended.code, 3) << name;
    EXPECT_THAT(ended.err, HasSubstr("crossfold: " + file(name) + ": is "));
    EXPECT_EQ(read_text(file(name)), "my notes\n");
    fs::remove(file(name));
    EXPECT_FALSE(fs::exists(file("a.unet")));
    EXPECT_FALSE(fs::exists(file("a.unet.part")));
  }
  const Ended trained = train("a.unet");
  ASSERT_EQ(trained.code, 0) << trained.err;
  EXPECT_EQ(train("a.unet").code, 0);  // the same training
  const std::string model = read_text(file("a.unet"));
  const Ended other = train("a.unet", {"--seed", "2"});
  EXPECT_EQ(other.code, 3);
  EXPECT_THAT(other.err,
              HasSubstr(file("a.unet") + ": is there already: the lung model of another "
                                         "training (other images, patients or settings). "
                                         "name another --out, or move this file away\n"));
  EXPECT_EQ(read_text(file("a.unet")), model);
}

/// Patients are those of the manifest, in whatever order their images stand.
TEST_F(Images, SegmentTrainHoldsOutWholePatients) {
  manifest_ = "image,patient,class,source\n";
  for (int i = 0; i < 12; ++i) {
    const std::string name = "i" + std::to_string(i) + ".png";
    if (i >= 6) {
      write_text(file(name), test::encode_png(Chest(i).image));
      write_text(file("mask_" + name), test::encode_png(Chest(i).mask));
      masks_.append(name).append(",mask_").append(name).append("\n");
    }
    manifest_ += name + ",p" + std::to_string(i % 4) + (i % 2 == 0 ? ",a,u\n" : ",b,u\n");
  }
  write_text(file("m.csv"), manifest_);
  write_text(file("masks.csv"), masks_);
  for (const auto& [share, held_out] : {std::pair("0.25", 1U), std::pair("0.5", 2U)}) {
    const std::string model = std::string("share") + share;
    ASSERT_EQ(train(model, {"--validation", share}).code, 0);
    const std::string table = read_text(file(model + ".validation.csv"));
    std::map<int, int> images;  // held out, by patient
    for (int i = 0; i < 12; ++i)
      if (table.find("/i" + std::to_string(i) + ".png,") != std::string::npos) ++images[i % 4];
    EXPECT_EQ(images.size(), held_out);
    for (const auto& [patient, count] : images) EXPECT_EQ(count, 3) << "of p" << patient;
  }
}

TEST_F(Images, SegmentTrainRefusesMasksThatShowNothing) {
  for (int i = 0; i < 4; ++i)
    write_text(file("mask_i" + std::to_string(i) + ".png"),
               test::encode_png({48, 40, std::vector<std::uint8_t>(std::size_t{48} * 40, 1)}));
  const Ended ended = train("a.unet");
  EXPECT_EQ(ended.code, 3);
  EXPECT_THAT(ended.err,
              HasSubstr("4 of 6 lung masks are empty or full (the lungs are the higher of "
                        "two grays, or 128 and more of several). give masks that show "
                        "lungs\n  " +
                        file("mask_i0.png") + "\n"));
}

TEST_F(Images, SegmentApplyNamesEachMaskAndOverwritesNothing) {
  ASSERT_EQ(train("a.unet").code, 0);
  ASSERT_EQ(train("b.unet", {"--seed", "3"}).code, 0);
  fs::copy(file("i1.png"), file("i0.jpg"));
  fs::copy(file("i2.png"), file("i0.jpg.png"));
  write_text(file("n.csv"),
             "image,patient,class,source\ni0.png,1,a,u\ni0.jpg,2,b,u\ni0.jpg.png,3,a,u\n");
  const auto apply = [&](const std::string& model, const std::string& out) {
    return run_crossfold(
        {"segment", "apply", file("n.csv"), "--model", file(model), "-o", file(out)});
  };
  const Ended applied = apply("a.unet", "out");
  ASSERT_EQ(applied.code, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr(file("out") + ": 3 masks, named in masks.csv\n"));
  const std::string table = read_text(file("out/masks.csv"));
  for (const char* line : {"../i0.png,i0.png.png\n", "../i0.jpg.png,i0.jpg.png\n"})
    EXPECT_THAT(table, HasSubstr(line));
  EXPECT_EQ(std::distance(fs::directory_iterator(file("out")), fs::directory_iterator()), 4);
  EXPECT_EQ(apply("a.unet", "out").code, 0);  // the same work
  const Ended other = apply("b.unet", "out");
  EXPECT_EQ(other.code, 3) << other.out;
  EXPECT_THAT(other.err, HasSubstr("is there already and is another mask than the one found now"));
  const Ended over = apply("a.unet", "");
  EXPECT_EQ(over.code, 3);
  EXPECT_THAT(over.err,
              HasSubstr("is an image of the manifest, and its mask would be written over"));
}

/// Each list has its own images, and masks are counted that were written: two rows of one image
/// have one.
TEST_F(Images, SegmentApplyListsWhatIsToBeLookedAt) {
  ASSERT_EQ(train("a.unet").code, 0);
  write_text(file("bad.png"), "no image");
  write_text(file("worse.png"), "nor this");
  write_text(file("blank.png"),
             test::encode_png({48, 40, std::vector<std::uint8_t>(std::size_t{48} * 40, 90)}));
  write_text(file("n.csv"),
             "id,image,patient,class,source\nx,i0.png,1,a,u\ny,i0.png,1,a,u\nbad,bad.png,2,b,u\n"
             "worse,worse.png,3,b,u\nblank,blank.png,4,b,u\n");
  const Ended applied = run_crossfold(
      {"segment", "apply", file("n.csv"), "--model", file("a.unet"), "-o", file("out")});
  ASSERT_EQ(applied.code, 0) << applied.err;
  EXPECT_THAT(applied.out, HasSubstr("could not be segmented: 2\n"));
  EXPECT_THAT(applied.out, HasSubstr("sample 'bad', " + file("bad.png")));
  EXPECT_THAT(applied.out, HasSubstr("sample 'worse', " + file("worse.png")));
  EXPECT_THAT(applied.out,
              HasSubstr("blank or nearly blank images, to be looked at: 1\n  sample 'blank', " +
                        file("blank.png") + ": blank (all of it has the gray 90)\n"));
  EXPECT_THAT(applied.out, HasSubstr(file("out") + ": 2 masks, named in masks.csv\n"));
  EXPECT_EQ(times(read_text(file("out/masks.csv")), "\n"), 3U) << "a title and two masks";
  EXPECT_EQ(std::distance(fs::directory_iterator(file("out")), fs::directory_iterator()), 3);
  write_text(file("n.csv"), "id,image,patient,class,source\nx,i0.png,1,a,u\n");
  const Ended good = run_crossfold(
      {"segment", "apply", file("n.csv"), "--model", file("a.unet"), "-o", file("good")});
  EXPECT_THAT(good.out, Not(HasSubstr("could not be segmented")));
  EXPECT_THAT(good.out, Not(HasSubstr("blank")));
  EXPECT_THAT(good.out, HasSubstr(file("good") + ": 1 masks, named in masks.csv\n"));
}

/// The table beside the model has the held-out images, and the mean of its Dice is the one told.
TEST_F(Images, SegmentTrainTellsOfTheImagesThatItHeldOut) {
  for (int i = 6; i < 10; ++i) add("i" + std::to_string(i) + ".png", Chest(i));
  std::string of_two = "image,v6,v7\n";  // masks that are gone, and those that are there
  for (int i = 0; i < 10; ++i) {
    const std::string name = "i" + std::to_string(i) + ".png";
    of_two.append(name).append(",gone_").append(name).append(",mask_").append(name).append("\n");
  }
  write_text(file("two.csv"), of_two);
  std::vector<std::string> words{
      "segment",  "train", file("two.csv"), "--manifest", file("m.csv"), "-o", file("a.unet"),
      "--epochs", "3",     "--validation",  "0.3"};
  EXPECT_EQ(run_crossfold(words).code, 3) << "which of the two columns is not said";
  words.insert(words.end(), {"--mask-column", "v7"});
  const Ended trained = run_crossfold(words);
  ASSERT_EQ(trained.code, 0) << trained.err;
  std::istringstream lines(read_text(file("a.unet.validation.csv")));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "image,dice");
  double sum = 0;
  std::set<std::string> images;
  while (std::getline(lines, line)) {
    const auto comma = line.find(',');
    images.insert(line.substr(0, comma));
    sum += std::stod(line.substr(comma + 1));
  }
  ASSERT_EQ(images.size(), 3U);
  for (const std::string& image : images) EXPECT_TRUE(fs::exists(image)) << image;
  std::smatch said;
  ASSERT_TRUE(std::regex_search(
      trained.out, said,
      std::regex("trained on (\\d+) images, mean Dice ([0-9.]+) on (\\d+) of other patients "
                 "\\(epoch (\\d+)\\)")))
      << trained.out;
  EXPECT_EQ(said[1], "7");
  EXPECT_EQ(said[3], "3");
  EXPECT_NEAR(std::stod(said[2]), sum / 3, 1e-4);
  // The best of the epochs, each of which was told.
  double best = -1;
  std::string best_epoch;
  const std::regex epoch("epoch (\\d+): loss [0-9.]+, validation Dice ([0-9.]+)(, best so far)?");
  for (std::sregex_iterator at(trained.err.begin(), trained.err.end(), epoch), end; at != end;
       ++at) {
    const double dice = std::stod((*at)[2]);
    EXPECT_EQ((*at)[3].matched, dice > best) << (*at)[0];
    if (dice > best) {
      best = dice;
      best_epoch = (*at)[1];
    }
  }
  EXPECT_EQ(said[4], best_epoch);
  EXPECT_NEAR(std::stod(said[2]), best, 1e-4);
}

}  // namespace
}  // namespace crossfold
