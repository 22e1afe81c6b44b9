#include "duplicate_candidates.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "imaging/duplicates/blobs.h"

namespace crossfold {
namespace {

using test::blobs;
using test::remade;
using ::testing::ElementsAre;
using Side = CandidatePair::Side;

const GrayImage& film() {
  static const GrayImage kFilm = blobs(1);
  return kFilm;
}
GrayImage mirrored_film() {
  return remade(film(), 200, 240,
                [](const GrayImage& f, int x, int y) { return f.at(199 - x, y); });
}
/// Like the film, and not as much as another copy of it.
GrayImage cropped_film() {
  return remade(film(), 170, 200,
                [](const GrayImage& f, int x, int y) { return f.at(x + 20, y + 25); });
}

/// The pairs of images that are all of one film, each with its patient.
std::vector<CandidatePair> pairs_of(const std::vector<std::pair<GrayImage, std::string>>& images,
                                    int count, int threads = 1) {
  std::vector<ThumbnailSignature> signatures;
  std::vector<std::string> patients;
  for (const auto& [image, patient] : images) {
    signatures.emplace_back(image);
    patients.push_back(patient);
  }
  return duplicate_candidates(signatures, patients, count, threads, {});
}

/// Of equally alike ones the earlier, and those as they stand before those that are mirrored.
TEST(DuplicateCandidates, OfEquallyAlikeImagesAreTheEarliest) {
  for (const int threads : {1, 3}) {
    EXPECT_THAT(pairs_of({{film(), "p"}, {film(), "q"}, {film(), "r"}}, 1, threads),
                ElementsAre(CandidatePair{0, 1, Side::same}, CandidatePair{0, 2, Side::same}));
    EXPECT_THAT(pairs_of({{film(), "p"}, {film(), "q"}, {film(), "r"}}, 2, threads),
                ElementsAre(CandidatePair{0, 1, Side::same}, CandidatePair{0, 2, Side::same},
                            CandidatePair{1, 2, Side::same}));
    EXPECT_THAT(pairs_of({{film(), "p"}, {mirrored_film(), "q"}, {film(), "r"}}, 1, threads),
                ElementsAre(CandidatePair{0, 1, Side::mirrored}, CandidatePair{0, 2, Side::same}));
    EXPECT_THAT(pairs_of({{film(), "p"}, {mirrored_film(), "q"}, {film(), "r"}}, 2, threads),
                ElementsAre(CandidatePair{0, 1, Side::mirrored}, CandidatePair{0, 2, Side::same},
                            CandidatePair{1, 2, Side::mirrored}));
  }
}

/// The first image of a patient does not stand for the others, nor are they looked for among them.
TEST(DuplicateCandidates, AreOfEachImageOfAPatient) {
  EXPECT_THAT(pairs_of({{film(), "p"}, {film(), "p"}, {film(), "q"}}, 1),
              ElementsAre(CandidatePair{0, 2, Side::same}, CandidatePair{1, 2, Side::same}));
  EXPECT_THAT(pairs_of({{film(), "p"}, {film(), "q"}, {film(), "q"}}, 2),
              ElementsAre(CandidatePair{0, 1, Side::same}, CandidatePair{0, 2, Side::same}));
}

/// Wherever one stands that is less alike: copies choose each other.
TEST(DuplicateCandidates, AreTheMostAlikeWhereverTheyStand) {
  for (std::size_t place = 0; place < 3; ++place) {
    std::vector<std::pair<GrayImage, std::string>> images{{film(), "p"}, {film(), "q"}};
    images.insert(images.begin() + static_cast<std::ptrdiff_t>(place),
                  std::pair<GrayImage, std::string>(cropped_film(), "r"));
    const std::size_t first = place == 0 ? 1 : 0;
    const std::size_t second = place == 2 ? 1 : 2;
    const std::vector<CandidatePair> pairs = pairs_of(images, 1);
    EXPECT_THAT(pairs, ::testing::Contains(CandidatePair{first, second, Side::same})) << place;
    for (const CandidatePair& pair : pairs)
      EXPECT_FALSE(std::minmax(place, second) == std::minmax(pair.first, pair.second)) << place;
  }
}

}  // namespace
}  // namespace crossfold
