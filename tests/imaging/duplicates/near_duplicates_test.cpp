#include "crossfold/imaging/near_duplicates.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/imaging/decode.h"

#include "imaging/cxr_set.h"
#include "imaging/duplicates/blobs.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

using test::blobs;
using test::remade;
using testing::ElementsAre;
using Kind = DuplicatePair::Kind;
namespace fs = std::filesystem;

class NearDuplicates : public testing::Test {
 protected:
  void add(const GrayImage& image, const std::string& patient) {
    images_.push_back(
        folder_.write(std::to_string(images_.size()) + ".png", test::encode_png(image)));
    patients_.push_back(patient);
  }
  [[nodiscard]] Duplicates find() const {
    return find_duplicates(images_, patients_, {.threads = 2});
  }

  test::TemporaryFolder folder_;
  std::vector<std::filesystem::path> images_;
  std::vector<std::string> patients_;
};

TEST_F(NearDuplicates, AreFoundCroppedMirroredAndWithAnotherGamma) {
  for (std::uint64_t i = 0; i < 12; ++i) add(blobs(i), "p" + std::to_string(i));
  add(remade(blobs(1), 170, 200,
             [](const GrayImage& f, int x, int y) { return f.at(x + 20, y + 25); }),
      "cropped");
  add(remade(blobs(2), 200, 240, [](const GrayImage& f, int x, int y) { return f.at(199 - x, y); }),
      "mirrored");
  add(remade(blobs(3), 200, 240,
             [](const GrayImage& f, int x, int y) {
               return static_cast<std::uint8_t>(255 * std::pow(f.at(x, y) / 255.0, 0.6));
             }),
      "gamma");
  add(blobs(4), "same");
  const Duplicates found = find();
  std::vector<std::tuple<std::size_t, std::size_t, Kind>> pairs;
  for (const DuplicatePair& pair : found.pairs)
    pairs.emplace_back(pair.first, pair.second, pair.kind);
  EXPECT_THAT(pairs, testing::UnorderedElementsAre(
                         std::tuple{4U, 15U, Kind::exact}, std::tuple{1U, 12U, Kind::near},
                         std::tuple{2U, 13U, Kind::mirrored}, std::tuple{3U, 14U, Kind::near}));
  EXPECT_TRUE(found.bad.empty());
}

/// At the limit it is one, just above it is none, and its numbers are those that were compared.
TEST_F(NearDuplicates, AreKeptUpToEachLimit) {
  add(blobs(3), "p");
  add(remade(blobs(3), 180, 210,
             [](const GrayImage& f, int x, int y) {
               return static_cast<std::uint8_t>(255 * std::pow(f.at(x + 10, y + 15) / 255.0, 0.6));
             }),
      "q");
  const auto found = [&](const DuplicateSettings& settings) {
    return find_duplicates(images_, patients_, settings).pairs;
  };
  const std::vector<DuplicatePair> pairs = found({});
  ASSERT_EQ(pairs.size(), 1U);
  const DuplicatePair& pair = pairs[0];
  EXPECT_LT(pair.score, 1);
  EXPECT_GE(pair.inliers, DuplicateSettings{}.least_inliers);
  const auto above = [](double limit) { return std::nextafter(limit, 2.0); };
  EXPECT_EQ(found({.least_score = pair.score}), pairs);
  EXPECT_EQ(found({.least_overlap = pair.overlap}), pairs);
  EXPECT_EQ(found({.least_inliers = pair.inliers}), pairs);
  EXPECT_TRUE(found({.least_score = above(pair.score)}).empty());
  EXPECT_TRUE(found({.least_overlap = above(pair.overlap)}).empty());
  EXPECT_TRUE(found({.least_inliers = 1000}).empty()) << "no image has so many features";
}

/// Files of two films under many patients, some of them brighter or mirrored: whichever two show
/// one film under two patients are a pair.
TEST_F(NearDuplicates, AreAllPairsOfTheFilesThatShowOneFilm) {
  enum class Version { original, brighter, mirrored };
  const auto file_of = [](std::uint64_t film, Version version) {
    if (version == Version::original) return blobs(film);
    return remade(blobs(film), 200, 240, [version](const GrayImage& f, int x, int y) {
      if (version == Version::mirrored) return f.at(199 - x, y);
      return static_cast<std::uint8_t>(255 * std::pow(f.at(x, y) / 255.0, 0.6));
    });
  };
  struct Shown {
    std::uint64_t film;
    Version version;
    const char* patient;
  };
  const std::vector<Shown> all = {
      {1, Version::original, "a"}, {2, Version::original, "a"}, {1, Version::original, "b"},
      {1, Version::mirrored, "c"}, {1, Version::original, "d"}, {2, Version::original, "d"},
      {1, Version::original, "b"}, {1, Version::brighter, "e"}, {2, Version::original, "f"},
      {1, Version::brighter, "f"}, {3, Version::original, "g"}};
  for (const Shown& one : all) add(file_of(one.film, one.version), one.patient);
  std::set<std::tuple<std::size_t, std::size_t, Kind>> expected;
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = i + 1; j < all.size(); ++j) {
      if (all[i].film != all[j].film || std::string(all[i].patient) == all[j].patient) continue;
      const bool turned =
          (all[i].version == Version::mirrored) != (all[j].version == Version::mirrored);
      expected.emplace(i, j,
                       all[i].version == all[j].version ? Kind::exact
                       : turned                         ? Kind::mirrored
                                                        : Kind::near);
    }
  const Duplicates found = find();
  std::set<std::tuple<std::size_t, std::size_t, Kind>> pairs;
  for (const DuplicatePair& pair : found.pairs)
    EXPECT_TRUE(pairs.emplace(pair.first, pair.second, pair.kind).second) << "each pair once";
  EXPECT_EQ(pairs, expected);
}

TEST_F(NearDuplicates, AreTheSameWhateverTheNumberOfThreads) {
  for (std::uint64_t i = 0; i < 10; ++i) add(blobs(i), "p" + std::to_string(i));
  for (std::uint64_t i = 0; i < 10; ++i)
    add(remade(blobs(i), 190, 210,
               [i](const GrayImage& f, int x, int y) {
                 return f.at(x + static_cast<int>(i), y + 2 * static_cast<int>(i));
               }),
        "q" + std::to_string(i));
  const std::vector<DuplicatePair> alone =
      find_duplicates(images_, patients_, {.threads = 1}).pairs;
  EXPECT_EQ(alone.size(), 10U);
  for (const int threads : {2, 7})
    EXPECT_EQ(find_duplicates(images_, patients_, {.threads = threads}).pairs, alone);
}

/// Nothing to align, but nothing to stumble over either.
TEST_F(NearDuplicates, MayBeSoughtAmongImagesWithoutFeatures) {
  const auto gray = [](int width, int height, std::uint8_t value) {
    return GrayImage{width, height,
                     std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height, value)};
  };
  add(gray(kMinImageSide, kMinImageSide, 7), "p");
  add(gray(kMinImageSide, kMinImageSide, 8), "q");
  add(gray(5000, kMinImageSide, 9), "r");
  add(gray(kMinImageSide, 5000, 9), "s");
  add(blobs(1), "t");
  const Duplicates found = find();
  EXPECT_TRUE(found.pairs.empty());
  EXPECT_TRUE(found.bad.empty());
}

TEST_F(NearDuplicates, AreNotLookedForWithinAPatient) {
  add(blobs(1), "p");
  add(blobs(1), "p");
  add(blobs(2), "q");
  EXPECT_TRUE(find().pairs.empty());
}

TEST_F(NearDuplicates, NameImagesThatCannotBeRead) {
  add(blobs(1), "p");
  add(blobs(1), "q");
  images_.push_back(folder_.path() / "gone.png");
  patients_.emplace_back("r");
  const Duplicates found = find();
  ASSERT_EQ(found.bad.size(), 1U);
  EXPECT_EQ(found.bad[0].row, 2U);
  ASSERT_EQ(found.pairs.size(), 1U);
  EXPECT_EQ(found.pairs[0].kind, Kind::exact);
}

/// Images that are not compared, wherever they stand, leave the others their own rows and patients.
TEST_F(NearDuplicates, AreOfTheRightPatientsWhereverAnImageIsNotCompared) {
  const auto brighter = [](const GrayImage& f, int x, int y) {
    return static_cast<std::uint8_t>(255 * std::pow(f.at(x, y) / 255.0, 0.6));
  };
  const auto blank = [] {
    return GrayImage{90, 80, std::vector<std::uint8_t>(std::size_t{90} * 80, 50)};
  };
  for (const std::set<std::size_t>& left_out :
       std::vector<std::set<std::size_t>>{{0}, {1}, {3}, {0, 1}, {2, 5}, {0, 2, 4, 6}}) {
    images_.clear();
    patients_.clear();
    // The first film of two patients, the second of one, the third of two, each brighter again.
    const std::vector<std::pair<std::uint64_t, const char*>> films{{1, "a"}, {2, "b"}, {1, "c"},
                                                                   {2, "b"}, {3, "d"}, {3, "e"}};
    std::vector<std::size_t> rows;
    std::ptrdiff_t next = 0;
    for (std::size_t row = 0; next < std::ssize(films); ++row) {
      if (left_out.contains(row)) {
        if (row % 2 == 0) {
          images_.push_back(folder_.path() / "gone.png");
          patients_.emplace_back("x");
        } else {
          add(blank(), "y");
        }
        continue;
      }
      const std::uint64_t film = films[static_cast<std::size_t>(next)].first;
      const bool is_again = std::any_of(films.begin(), films.begin() + next,
                                        [&](const auto& one) { return one.first == film; });
      add(is_again ? remade(blobs(film), 200, 240, brighter) : blobs(film),
          films[static_cast<std::size_t>(next)].second);
      rows.push_back(row);
      ++next;
    }
    const Duplicates found = find();
    std::set<std::pair<std::size_t, std::size_t>> pairs;
    for (const DuplicatePair& pair : found.pairs) pairs.emplace(pair.first, pair.second);
    EXPECT_EQ(pairs, (std::set<std::pair<std::size_t, std::size_t>>{{rows[0], rows[2]},
                                                                    {rows[4], rows[5]}}))
        << ::testing::PrintToString(left_out);
    EXPECT_EQ(found.bad.size() + found.blank.size(),
              static_cast<std::size_t>(
                  std::count_if(left_out.begin(), left_out.end(),
                                [&](std::size_t row) { return row < images_.size(); })));
  }
}

/// The pairs listed beside this test were looked at: each shows one film under two patients. They
/// are sought among the images of fig1, actmed and the list itself; in the long form among all.
TEST(RealImages, FilmsUnderTwoPatientsAreFound) {
  std::set<std::pair<std::string, std::string>> listed;
  std::set<std::string> wanted;
  for (const auto& [a, b] : test::films_under_two_patients()) {
    listed.insert(std::minmax(a, b));
    wanted.insert({a, b});
  }
  std::vector<std::string> names;
  std::vector<fs::path> images;
  std::vector<std::string> patients;
  for (const test::CxrImage& image : test::cxr_images()) {
    if (!test::all_films_asked_for() && image.source != "fig1" && image.source != "actmed" &&
        !wanted.contains(image.name))
      continue;
    names.push_back(image.name);
    images.push_back(image.path);
    patients.push_back(image.patient);
  }
  if (images.empty()) GTEST_SKIP() << test::cxr_is_absent();
  std::set<std::pair<std::string, std::string>> found;
  for (const DuplicatePair& pair : find_duplicates(images, patients, {.threads = 2}).pairs)
    found.insert(std::minmax(names[pair.first], names[pair.second]));
  EXPECT_GE(listed.size(), 15U);
  EXPECT_EQ(found, listed);
}

TEST(MergedGroups, JoinPatientsThatPairsConnect) {
  const std::vector<std::string> groups = {"d", "b", "c", "a", "b"};
  const std::vector<DuplicatePair> pairs = {{.first = 0, .second = 1}, {.first = 2, .second = 4}};
  EXPECT_THAT(merged_groups(groups, pairs), ElementsAre("b", "b", "b", "a", "b"));
}

TEST(MergedGroups, FollowChainsOfPairsInAnyOrder) {
  // p0-p1-...-p7 as one chain; q0 and q1 apart from it.
  std::vector<std::string> groups;
  groups.reserve(11);
  for (int i = 0; i < 8; ++i) groups.push_back("p" + std::to_string(i));
  groups.insert(groups.end(), {"q0", "q1", "r"});
  std::vector<DuplicatePair> pairs = {{.first = 8, .second = 9}};
  for (std::size_t i = 0; i < 7; ++i) pairs.push_back({.first = i, .second = i + 1});
  const std::vector<std::string> expected = {"p0", "p0", "p0", "p0", "p0", "p0",
                                             "p0", "p0", "q0", "q0", "r"};
  RandomStream random({.root_seed = 1}, "test-chains");
  for (int i = 0; i < 200; ++i) {
    random.shuffle(std::span(pairs));
    ASSERT_EQ(merged_groups(groups, pairs), expected) << i;
  }
}

/// As a search through the graph of pairs joins them.
TEST(MergedGroups, AreTheConnectedParts) {
  RandomStream random({.root_seed = 2}, "test-graphs");
  for (int round = 0; round < 100; ++round) {
    std::vector<std::string> groups;
    groups.reserve(20);
    for (int i = 0; i < 20; ++i) groups.push_back(std::to_string(random.below(14)));
    std::vector<DuplicatePair> pairs;
    pairs.reserve(9);
    for (int i = 0; i < 9; ++i)
      pairs.push_back({.first = random.below(20), .second = random.below(20)});
    std::vector<std::string> expected = groups;
    for (bool changed = true; changed;) {  // the least name goes along every edge until it rests
      changed = false;
      const auto level = [&](std::size_t a, std::size_t b) {
        const std::string least = std::min(expected[a], expected[b]);
        changed = changed || expected[a] != least || expected[b] != least;
        expected[a] = expected[b] = least;
      };
      for (const DuplicatePair& pair : pairs) level(pair.first, pair.second);
      for (std::size_t a = 0; a < 20; ++a)
        for (std::size_t b = 0; b < a; ++b)
          if (groups[a] == groups[b]) level(a, b);
    }
    ASSERT_EQ(merged_groups(groups, pairs), expected) << round;
  }
}

/// White images of two people would make one patient of them.
TEST_F(NearDuplicates, AreNotSoughtAmongBlankImages) {
  const GrayImage white{60, 60, std::vector<std::uint8_t>(3600, 255)};
  add(white, "p");
  add(blobs(1), "q");
  add(white, "r");
  add(blobs(1), "s");
  const Duplicates found = find();
  ASSERT_EQ(found.pairs.size(), 1U);
  EXPECT_EQ(found.pairs[0].first, 1U);
  ASSERT_EQ(found.blank.size(), 2U);
  EXPECT_EQ(found.blank[0].row, 0U);
  EXPECT_EQ(found.blank[0].path, images_[0]);
  EXPECT_EQ(found.blank[0].reason, "blank (all of it has the gray 255)");
  EXPECT_EQ(found.blank[1].row, 2U);
}

}  // namespace
}  // namespace crossfold
