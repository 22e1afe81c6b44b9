// Copies of films are planted among the public chest X-rays, under patients of their own. The
// search is given images and patients and nothing else; what was planted stays here.
// CROSSFOLD_FILMS=all is the long form; CROSSFOLD_SEED draws other copies.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/random_stream.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/near_duplicates.h"

#include "imaging/cxr_set.h"
#include "imaging/planted_copies.h"
#include "imaging/test_images.h"

namespace crossfold::test {
namespace {

namespace fs = std::filesystem;

constexpr double kLeastRecall = 0.95;
constexpr double kLeastPrecision = 0.95;

struct Planted {
  std::size_t copy;
  std::size_t original;
  std::string how;
};

class PlantedDuplicates : public testing::Test {
 protected:
  void draw_images(std::size_t count, RandomStream& random) {
    std::vector<CxrImage> all = cxr_images();
    random.shuffle(std::span(all));
    all.resize(std::min(count, all.size()));
    for (const CxrImage& image : all) add(image.path, image.patient, image.name);
  }

  void plant(std::size_t count, RandomStream& random) {
    for (std::size_t original = 0; original < count; ++original) {
      const PlantedCopy copy = planted_copy(read_gray_image(images_[original]), random);
      planted_.push_back({images_.size(), original, copy.how});
      add(folder_.write(std::to_string(original), copy.file), "planted" + std::to_string(original),
          names_[original]);
    }
  }

  /// `name`: of the image, or of what it is a copy of.
  void add(const fs::path& path, const std::string& patient, const std::string& name) {
    images_.push_back(path);
    patients_.push_back(patient);
    names_.push_back(name);
  }

  /// What each image shows: a copy shows what its original does, and both of a listed pair the
  /// same.
  [[nodiscard]] std::vector<std::string> films() const {
    std::map<std::string, std::string> same_as;
    for (bool changed = true; std::exchange(changed, false);)
      for (const auto& [a, b] : films_under_two_patients()) {
        std::string& film_a = same_as.try_emplace(a, a).first->second;
        std::string& film_b = same_as.try_emplace(b, b).first->second;
        changed = changed || film_a != film_b;
        film_a = film_b = std::min(film_a, film_b);
      }
    std::vector<std::string> films;
    for (const std::string& name : names_)
      films.push_back(same_as.contains(name) ? same_as.at(name) : name);
    return films;
  }

  TemporaryFolder folder_;
  std::vector<fs::path> images_;
  std::vector<std::string> patients_;
  std::vector<std::string> names_;
  std::vector<Planted> planted_;
};

TEST_F(PlantedDuplicates, AreFoundAmongRealFilms) {
  const char* const seed = std::getenv("CROSSFOLD_SEED");
  RandomStream random({.root_seed = seed != nullptr ? std::stoull(seed) : 1}, "test-planted");
  draw_images(all_films_asked_for() ? 1'000'000 : 300, random);
  if (images_.empty()) GTEST_SKIP() << cxr_is_absent();
  plant(all_films_asked_for() ? 200 : 40, random);

  const std::vector<DuplicatePair> found =
      find_duplicates(images_, patients_, {.threads = 2}).pairs;

  const std::vector<std::string> film = films();
  std::set<std::pair<std::size_t, std::size_t>> rows;
  std::size_t wrong = 0;
  for (const DuplicatePair& pair : found) {
    rows.emplace(pair.first, pair.second);
    if (film[pair.first] == film[pair.second]) continue;
    ++wrong;
    std::cout << "wrong: " << names_[pair.first] << " " << names_[pair.second] << " " << pair.score
              << "\n";
  }
  std::size_t missed = 0;
  for (const Planted& one : planted_) {
    if (rows.contains({one.original, one.copy})) continue;
    ++missed;
    std::cout << "missed: " << names_[one.original] << one.how << "\n";
  }
  const double recall = 1 - static_cast<double>(missed) / static_cast<double>(planted_.size());
  const double precision = 1 - static_cast<double>(wrong) / static_cast<double>(found.size());
  std::cout << images_.size() - planted_.size() << " images and " << planted_.size()
            << " copies: recall " << recall << ", precision " << precision << " of " << found.size()
            << " pairs\n";
  EXPECT_GE(recall, kLeastRecall);
  EXPECT_GE(precision, kLeastPrecision);
}

}  // namespace
}  // namespace crossfold::test
