// What `project` says of a map: of which samples it is, and what it keeps of classes and of
// domains.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/projection/project.h"
#include "crossfold/store/store.h"

#include "cli/program.h"

namespace crossfold {
namespace {

using ::testing::HasSubstr;

constexpr int kSamples = 60;
constexpr std::size_t kDim = 3;

std::string role_of(int i) { return i < 28 ? "in" : "oos"; }
/// A quarter is of class a; the first five have none.
std::string class_of(int i) {
  if (i < 5) return "";
  return i % 4 == 0 ? "a" : "b";
}
/// Five, in equal parts.
std::string domain_of(int i) { return "s" + std::to_string(i % 5); }

/// Spread over a square, with the classes apart across it: near in the map are those that are near
/// in the square, of whatever class.
std::vector<float> features_of(int i) {
  return {static_cast<float>(i * 37 % 61) / 6.1F, static_cast<float>(i * 23 % 59) / 5.9F,
          class_of(i) == "a" ? 4.0F : 0.0F};
}

class ProjectSummary : public ::testing::Test {
 protected:
  ProjectSummary() {
    SampleTable samples;
    samples.role.levels = role_levels();
    EmbeddingSet set;
    set.info.name = "e/raw";
    set.info.rows = kSamples;
    set.info.dim = kDim;
    for (int i = 0; i < kSamples; ++i) {
      samples.id.push_back("i" + std::to_string(i));
      samples.group.push_back("p" + std::to_string(i));
      samples.class_label.append(class_of(i));
      samples.domain.append(domain_of(i));
      samples.role.append(role_of(i));
      for (const float value : features_of(i)) set.values.push_back(value);
    }
    write_store(store(), samples, {set});
  }
  [[nodiscard]] std::string store() const { return folder_.file("s.h5"); }
  [[nodiscard]] std::string map() const { return folder_.file("map.csv"); }
  [[nodiscard]] std::string summary(const std::string& role,
                                    const std::vector<std::string>& more = {}) const {
    std::filesystem::remove(map());
    std::vector<std::string> words{"project",  store(), "-o",     map(),
                                   "--method", "pca",   "--role", role};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended.out;
  }

 private:
  ScratchFolder folder_;
};

/// Samples of a role, all of them for "all".
std::vector<int> samples_of(const std::string& role) {
  std::vector<int> samples;
  for (int i = 0; i < kSamples; ++i)
    if (role == "all" || role_of(i) == role) samples.push_back(i);
  return samples;
}

/// How often two different samples that are drawn have the same label, over all pairs of those that
/// have one.
double chance_of(const std::vector<std::string>& labels) {
  double same = 0;
  double pairs = 0;
  for (std::size_t a = 0; a < labels.size(); ++a)
    for (std::size_t b = 0; b < labels.size(); ++b) {
      if (a == b || labels[a].empty() || labels[b].empty()) continue;
      pairs += 1;
      same += labels[a] == labels[b] ? 1 : 0;
    }
  return same / pairs;
}

/// Of what is said: neighbours on the map, in the features, by chance, and samples.
std::vector<double> purity_of(const std::string& text, const std::string& label) {
  std::smatch said;
  const std::regex line("\n  neighbours of the same " + label +
                        ": ([0-9.]+) on the map, ([0-9.]+) in the features, ([0-9.]+) by chance "
                        "\\(n = ([0-9]+)\\)\n");
  if (!std::regex_search(text, said, line)) {
    ADD_FAILURE() << label << text;
    return {0, 0, 0, 0};
  }
  return {std::stod(said[1]), std::stod(said[2]), std::stod(said[3]), std::stod(said[4])};
}

TEST_F(ProjectSummary, HasTheChanceOfClassAndDomainAmongTheSamplesShown) {
  for (const char* role : {"all", "in", "oos"}) {
    const std::string text = summary(role);
    std::vector<std::string> classes;
    std::vector<std::string> domains;
    std::size_t labelled = 0;
    for (const int i : samples_of(role)) {
      classes.push_back(class_of(i));
      domains.push_back(domain_of(i));
      labelled += class_of(i).empty() ? 0 : 1;
    }
    EXPECT_TRUE(text.starts_with(
        fmt::format("{}: {} points of 3 columns by pca, from e/raw\n", map(), classes.size())))
        << text;
    const std::vector<double> of_class = purity_of(text, "class");
    EXPECT_NEAR(of_class[2], chance_of(classes), 5.1e-5) << role;
    EXPECT_EQ(of_class[3], static_cast<double>(labelled)) << role;
    const std::vector<double> of_domain = purity_of(text, "domain");
    EXPECT_NEAR(of_domain[2], chance_of(domains), 5.1e-5) << role;
    EXPECT_EQ(of_domain[3], static_cast<double>(domains.size())) << role;
  }
}

TEST_F(ProjectSummary, EachPointHasTheLabelsOfItsSample) {
  for (const char* role : {"in", "oos"}) {
    static_cast<void>(summary(role, {"--with", "domain,class"}));
    std::istringstream lines(read_text(map()));
    std::string line;
    std::getline(lines, line);
    EXPECT_EQ(line, "id,x,y,domain,class");
    for (const int i : samples_of(role)) {
      ASSERT_TRUE(std::getline(lines, line));
      EXPECT_TRUE(line.starts_with(fmt::format("i{},", i))) << line;
      EXPECT_TRUE(line.ends_with(fmt::format(",{},{}", domain_of(i), class_of(i)))) << line;
    }
    EXPECT_FALSE(std::getline(lines, line));
  }
}

/// The figures are those of the map that is written. Its classes lie apart where it does not look.
TEST_F(ProjectSummary, HasEachMeasureOfTheMapInItsPlace) {
  const std::string text = summary("all");
  std::vector<float> values;
  std::vector<std::int32_t> classes;
  std::vector<std::int32_t> domains;
  for (int i = 0; i < kSamples; ++i) {
    for (const float value : features_of(i)) values.push_back(value);
    classes.push_back(class_of(i).empty() ? -1 : class_of(i) == "a" ? 1 : 0);
    domains.push_back(i % 5);
  }
  const projection::ProjectedMap made =
      projection::project({.values = values, .dim = kDim}, {.classes = classes, .domains = domains},
                          {.method = projection::Method::pca});
  const projection::MapQuality& quality = made.quality;
  ASSERT_TRUE(quality.by_class && quality.by_domain);
  EXPECT_THAT(text, HasSubstr(fmt::format("\n  trustworthiness {:.4f}, continuity {:.4f}, "
                                          "neighbours kept {:.4f} (k = 15)\n",
                                          quality.trustworthiness, quality.continuity,
                                          quality.neighbors_kept)));
  for (const auto& [label, purity] :
       {std::pair("class", *quality.by_class), std::pair("domain", *quality.by_domain)}) {
    const std::vector<double> said = purity_of(text, label);
    EXPECT_NEAR(said[0], purity.map, 5.1e-5) << label;
    EXPECT_NEAR(said[1], purity.points, 5.1e-5) << label;
  }
  const std::vector<double> of_class = purity_of(text, "class");
  EXPECT_GT(of_class[1], of_class[0] + 0.05) << "more is in the features than on the map";
  std::string csv = "id,x,y\n";
  for (int i = 0; i < kSamples; ++i) {
    const projection::MapPoint& point = made.points[static_cast<std::size_t>(i)];
    csv += fmt::format("i{},{},{}\n", i, point.x, point.y);
  }
  EXPECT_TRUE(read_text(map()) == csv);
}

}  // namespace
}  // namespace crossfold
