#include "crossfold/study/embed_run.h"

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/imaging/embed.h"
#include "crossfold/imaging/extractor.h"
#include "crossfold/store/store.h"
#include "crossfold/study/image_blocks.h"

#include "embed_session.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

using testing::AllOf;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr int kImages = 5;

class RunEmbed : public testing::Test {
 protected:
  RunEmbed() {
    manifest_ = "image,class,domain,patient\n";
    for (int i = 0; i < kImages; ++i) {
      const std::string name = "i" + std::to_string(i) + ".png";
      folder_.write(name, test::encode_png(test::pattern(40 + i, 48)));
      manifest_ += name + (i % 2 == 0 ? ",a,x," : ",b,y,") + std::to_string(i) + "\n";
    }
    folder_.write("m.csv", manifest_);
    control_.stop = &stop_;
    control_.progress = [this](const ProgressState& state) { last_ = state; };
    control_.tell = [this](const std::string& text) { errors_.push_back(text); };
    control_.give = [this](const std::string& text) { printed_.push_back(text); };
  }

  [[nodiscard]] EmbedSettings settings() const {
    return {.manifest = folder_.path() / "m.csv", .store = folder_.path() / "s.h5", .threads = 2};
  }
  int run(const EmbedSettings& settings) {
    mpi::Session session(fleet::Launch::alone);
    ReadEarly<EmbedInput> input;
    input.value = make_embed_input(settings, read_manifest(settings.manifest, {}, {}));
    return run_embed(session, fleet::Launch::alone, std::move(input), settings, control_);
  }

  test::TemporaryFolder folder_;
  std::string manifest_;
  std::atomic<bool> stop_ = false;
  ProgressState last_;
  std::vector<std::string> errors_;
  std::vector<std::string> printed_;
  RunControl control_;
};

TEST_F(RunEmbed, MakesAStoreAndGivesItsResultAndNothingElse) {
  EXPECT_EQ(run(settings()), 0);
  const StoreContents store = open_store(folder_.path() / "s.h5");
  EXPECT_EQ(store.samples.size(), static_cast<std::size_t>(kImages));
  EXPECT_THAT(printed_,
              ElementsAre(AllOf(HasSubstr("texture/raw: 5 x 1024\n"), HasSubstr("s.h5: written"))));
  EXPECT_TRUE(errors_.empty());
  EXPECT_EQ(last_.of, static_cast<std::size_t>(kImages));
}

TEST_F(RunEmbed, KeepsWhatIsDoneWhereABadImageEndsIt) {
  folder_.write("i3.png", "no image");
  EXPECT_EQ(run(settings()), exit_code(ErrorCode::bad_input));
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_THAT(errors_[0], HasSubstr("i3.png"));
  EXPECT_THAT(errors_[0], HasSubstr("4 finished images are kept in"));
  EXPECT_TRUE(printed_.empty());
  folder_.write("i3.png", test::encode_png(test::pattern(43, 48)));
  EXPECT_EQ(run(settings()), 0);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s.h5.part"));
}

/// Of all images those that are done, whoever has done them; of this run what is new, and what of
/// it is bad.
TEST_F(RunEmbed, ShowsWhatIsDoneBadAndNew) {
  std::vector<ProgressState> states;
  control_.progress = [&](const ProgressState& state) { states.push_back(state); };
  constexpr std::size_t kAll{kImages};
  const auto expect_shown = [&](std::size_t before, std::size_t bad) {
    ASSERT_FALSE(states.empty());
    for (const ProgressState& state : states) {
      EXPECT_EQ(state.of, kAll);
      EXPECT_EQ(state.done, before + state.fresh);
      EXPECT_LE(state.failed, bad);
      EXPECT_DOUBLE_EQ(state.fresh_share,
                       static_cast<double>(state.fresh) / static_cast<double>(kAll - before));
    }
    EXPECT_EQ(states.back().done, kAll);
    EXPECT_EQ(states.back().failed, bad);
    states.clear();
  };
  for (const char* name : {"i1.png", "i3.png"}) folder_.write(name, "no image");
  EXPECT_EQ(run(settings()), exit_code(ErrorCode::bad_input));
  expect_shown(0, 2);
  folder_.write("i1.png", test::encode_png(test::pattern(41, 48)));
  EXPECT_EQ(run(settings()), exit_code(ErrorCode::bad_input));
  expect_shown(3, 1);
  folder_.write("i3.png", test::encode_png(test::pattern(43, 48)));
  EXPECT_EQ(run(settings()), 0);
  expect_shown(4, 0);
}

TEST_F(RunEmbed, ComparesSamplesWithTheStoreBeforeItLooksAtAnImage) {
  ASSERT_EQ(run(settings()), 0);
  std::string manifest = manifest_;
  manifest.replace(manifest.find(",a,x"), 4, ",b,x");
  folder_.write("m.csv", manifest);
  EmbedSettings more = settings();
  more.preprocessings = {"equalized"};
  more.bad_images = BadImages::skip;
  const Error error = test::error_of([&] { run(more); });
  EXPECT_THAT(error.message(),
              HasSubstr("/samples/class: row 0 is 'a' in the store and 'b' in what is given"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s.h5.part"));
}

TEST_F(RunEmbed, ComparesTheImagesWithThoseOfTheStoreBeforeItEmbedsThem) {
  ASSERT_EQ(run(settings()), 0);
  ASSERT_EQ(open_store(folder_.path() / "s.h5").images.size(), static_cast<std::size_t>(kImages));
  std::filesystem::rename(folder_.path() / "i1.png", folder_.path() / "i.png");
  std::filesystem::rename(folder_.path() / "i2.png", folder_.path() / "i1.png");
  std::filesystem::rename(folder_.path() / "i.png", folder_.path() / "i2.png");
  EmbedSettings more = settings();
  more.preprocessings = {"equalized"};
  const Error error = test::error_of([&] { run(more); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_EQ(error.message(),
            "/images: 2 of 5 samples have another image than when the store's sets were made: "
            "'i1.png', 'i2.png' (sets of one store are of the same images). give the same files, "
            "or choose another store; --other-images where they are meant to differ");
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s.h5.part"));
  more.other_images = OtherImages::accept;
  EXPECT_EQ(run(more), 0);
}

TEST_F(RunEmbed, ComparesAllImagesAtTheEnd) {
  constexpr int kMany = 300;  // more than are looked at before
  for (int i = kImages; i < kMany; ++i) {
    const std::string name = "i" + std::to_string(i) + ".png";
    folder_.write(name, test::encode_png(test::pattern(32 + i % 64, 32 + i / 64)));
    manifest_ += name + (i % 2 == 0 ? ",a,x," : ",b,y,") + std::to_string(i) + "\n";
  }
  folder_.write("m.csv", manifest_);
  ASSERT_EQ(run(settings()), 0);
  folder_.write("i299.png", test::encode_png(test::pattern(48, 48)));
  EmbedSettings more = settings();
  more.preprocessings = {"equalized"};
  EXPECT_EQ(run(more), exit_code(ErrorCode::bad_input));
  ASSERT_EQ(errors_.size(), 1U);
  EXPECT_THAT(errors_[0],
              AllOf(HasSubstr("1 of 300 samples have another image"), HasSubstr(": 'i299.png' ("),
                    HasSubstr("300 finished images are kept in")));
  more.other_images = OtherImages::accept;
  EXPECT_EQ(run(more), 0);
  EXPECT_EQ(last_.fresh, 0U);
  EXPECT_EQ(open_store(folder_.path() / "s.h5").embeddings.size(), 2U);
}

/// All that were in the blocks that failed twice, with the first reason; the next run tries them.
TEST_F(RunEmbed, CountsTheImagesThatWereGivenUp) {
  const auto extractor = make_extractor("texture");
  const ImageEmbedder embedder(folder_.path(), *extractor, {"raw"});
  std::vector<ImageRow> rows;
  for (int i = 0; i < kImages; ++i) {
    const std::string id = "i" + std::to_string(i);
    rows.push_back({.id = id, .path = id + ".png"});
  }
  EmbedResults results(embedder, rows, folder_.path() / "s.h5.part");
  ImageRecorder recorder(results);
  const auto give_up = [&](const std::vector<std::size_t>& block, const char* why) {
    std::vector<RowToEmbed> given;
    for (const std::size_t row : block) given.push_back({row, rows[row]});
    recorder.append({.bytes = encode_rows(given), .error = why, .worker = {}});
  };
  EXPECT_NO_THROW(recorder.throw_if_given_up());
  give_up({0, 2, 3}, "no memory");
  give_up({4}, "another reason");
  EXPECT_EQ(recorder.done(), 0U) << "nothing counts before it is flushed";
  recorder.flush();
  EXPECT_EQ(recorder.done(), 4U);
  EXPECT_EQ(recorder.bad(), 4U);
  const Error error = test::error_of([&] { recorder.throw_if_given_up(); });
  EXPECT_EQ(error.code(), ErrorCode::internal);
  EXPECT_EQ(error.message(),
            "4 images are given up after two tries (the first: no memory). run again, and report "
            "it if it stays");
  EXPECT_EQ(results.missing().size(), rows.size());
}

/// Of the settings, or of Slurm: nothing is begun that would not end in time, and nothing is lost.
TEST_F(RunEmbed, StopsForATimeLimit) {
  EmbedSettings limited = settings();
  limited.times.time_limit_s = 1e-3;
  EXPECT_NE(run(limited), 0);
  EXPECT_EQ(last_.fresh, 0U);
  EXPECT_FALSE(std::filesystem::exists(limited.store));
  ASSERT_EQ(::setenv("SLURM_JOB_END_TIME", "1", 1), 0);
  ::testing::internal::CaptureStderr();
  start_log(LogLevel::normal);
  EXPECT_NE(run(settings()), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("stopped in time: 0 of " + std::to_string(kImages) + " images are done"))
      << "nobody asked for it";
  ASSERT_EQ(::unsetenv("SLURM_JOB_END_TIME"), 0);
  EXPECT_FALSE(std::filesystem::exists(limited.store));
  limited.times.time_limit_s = 1e6;
  EXPECT_EQ(run(limited), 0);
  EXPECT_EQ(open_store(limited.store).samples.size(), static_cast<std::size_t>(kImages));
}

TEST_F(RunEmbed, IsDoneWhereItsSummaryCannotBeGiven) {
  const std::string store = (folder_.path() / "s.h5").string();
  control_.give = [](const std::string&) { throw OutputClosed(); };
  EXPECT_EQ(run(settings()), OutputClosed::kExitCode);
  EXPECT_THAT(errors_, Each(""));
  EXPECT_EQ(open_store(store).embeddings.size(), 1U);

  EmbedSettings again = settings();
  again.same_name = SameName::replace;
  control_.give = [](const std::string&) { throw Error(ErrorCode::io, "is full", "output"); };
  EXPECT_EQ(run(again), 4);
  EXPECT_EQ(errors_.back(),
            "output: is full\nonly this summary is lost: " + store + " is complete");
  EXPECT_FALSE(std::filesystem::exists(store + ".part"));
}

/// Whichever image is left out: the others have their own of everything, as if it had never been in
/// the manifest.
TEST_F(RunEmbed, LeavesOutARowOfEveryColumnAndSet) {
  const auto manifest = [&](std::optional<int> left_out) {
    std::string text = "image,id,class,domain,patient,role,sex,age,scanner\n";
    for (int i = 0; i < kImages; ++i) {
      if (i == left_out) continue;
      const std::string n = std::to_string(i);
      text += "i" + n + ".png,s" + n + "," + (i < 2 ? "b" : "a") + "," + (i == 3 ? "x" : "y") +
              ",p" + std::to_string(i / 2) + "," + (i == 1 || i == 4 ? "oos" : "in") + "," +
              (i == 2       ? ""
               : i % 2 == 0 ? "F"
                            : "M") +
              "," + (i == 1 ? "" : "6" + n) + ".5,m" + n + "\n";
    }
    return text;
  };
  EmbedSettings two = settings();
  two.preprocessings = {"raw", "equalized"};
  two.bad_images = BadImages::skip;
  for (int bad = 0; bad < kImages; ++bad) {
    SCOPED_TRACE(bad);
    const std::string name = "i" + std::to_string(bad) + ".png";
    const std::string image = read_file(folder_.path() / name, 1 << 20);
    std::filesystem::remove(folder_.path() / "expected.h5");
    std::filesystem::remove(folder_.path() / "s.h5");
    folder_.write("m.csv", manifest(bad));
    two.store = folder_.path() / "expected.h5";
    ASSERT_EQ(run(two), 0);
    folder_.write("m.csv", manifest(std::nullopt));
    folder_.write(name, "no image");
    two.store = folder_.path() / "s.h5";
    ASSERT_EQ(run(two), 0);
    folder_.write(name, image);
    const StoreContents expected = open_store(folder_.path() / "expected.h5");
    const StoreContents found = open_store(folder_.path() / "s.h5");
    EXPECT_EQ(found.samples.id, expected.samples.id);
    EXPECT_EQ(found.samples.group, expected.samples.group);
    EXPECT_EQ(found.samples.class_label, expected.samples.class_label);
    EXPECT_EQ(found.samples.domain, expected.samples.domain);
    EXPECT_EQ(found.samples.role, expected.samples.role);
    ASSERT_EQ(found.samples.attributes.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
      const Attribute& attribute = expected.samples.attributes[i];
      EXPECT_EQ(found.samples.attributes[i].name, attribute.name);
      EXPECT_EQ(found.samples.attributes[i].content_hash(), attribute.content_hash())
          << attribute.name;
    }
    EXPECT_EQ(found.images, expected.images);
    ASSERT_EQ(found.embeddings.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(found.embeddings[i].name, expected.embeddings[i].name);
      EXPECT_EQ(found.embeddings[i].content, expected.embeddings[i].content);
    }
    EXPECT_NE(found.embeddings[0].content, found.embeddings[1].content);
  }
}

TEST_F(RunEmbed, StopsWhereItIsToldTo) {
  stop_ = true;
  EXPECT_EQ(run(settings()), exit_code(ErrorCode::stopped));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "s.h5"));
}

TEST_F(RunEmbed, NeedsAColumnOfImages) {
  folder_.write("m.csv", "id,class,domain,patient\nx,a,b,1\n");
  const Error error = test::error_of(
      [&] { (void)make_embed_input(settings(), read_manifest(settings().manifest, {}, {})); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_THAT(error.message(), HasSubstr("has no column 'image'"));
}

}  // namespace
}  // namespace crossfold
