#include "crossfold/store/synth.h"

#include <cmath>
#include <map>

#include <gmock/gmock.h>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

/// Number of samples with these codes (class, domain) and this role.
std::size_t count(const SampleTable& samples, std::int32_t role, std::int32_t class_label,
                  std::int32_t domain) {
  std::size_t found = 0;
  for (std::size_t row = 0; row < samples.size(); ++row)
    found += samples.role.codes[row] == role && samples.class_label.codes[row] == class_label &&
             samples.domain.codes[row] == domain;
  return found;
}

/// Mean embedding of the samples that have the given code in the column.
std::vector<double> mean_of(const SynthStore& store, const CodedColumn& column, std::int32_t code) {
  const EmbeddingSet& set = store.embeddings.front();
  std::vector<double> mean(set.info.dim);
  double rows = 0;
  for (std::size_t row = 0; row < column.codes.size(); ++row) {
    if (column.codes[row] != code) continue;
    ++rows;
    for (std::size_t k = 0; k < mean.size(); ++k) mean[k] += set.values[row * mean.size() + k];
  }
  for (double& x : mean) x /= rows;
  return mean;
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

const CodedColumn& planted(const SampleTable& samples) {
  return std::get<CodedColumn>(samples.attributes.front().values);
}

TEST(SynthShortcut, HasTheNumbersOfTheProtocol) {
  const SynthStore store = synthesize({.kind = SynthKind::shortcut, .dim = {}, .seed = 1});
  const SampleTable& samples = store.samples;
  ValidationErrors errors;
  check_samples(samples, errors);
  EXPECT_THAT(errors.lines(), ::testing::IsEmpty());
  EXPECT_EQ(samples.size(), 4000u);
  EXPECT_EQ(store.embeddings.front().info.name, "synth/shortcut");
  EXPECT_EQ(store.embeddings.front().info.dim, 64u);
  std::size_t same = 0;
  for (std::int32_t k = 0; k < 3; ++k) {
    same += count(samples, 0, k, k);
    for (std::int32_t d = 0; d < 3; ++d) {
      // 0.8 + 0.2 / 3 of a third on the diagonal, 0.2 / 3 of a third beside it; 5 sd
      const double share = (d == k ? 0.8 + 0.2 / 3 : 0.2 / 3) / 3;
      EXPECT_NEAR(static_cast<double>(count(samples, 0, k, d)), 3000 * share,
                  5 * std::sqrt(3000 * share * (1 - share)));
    }
    EXPECT_NEAR(static_cast<double>(count(samples, 1, k, 3)), 333, 75);
  }
  EXPECT_NEAR(static_cast<double>(same) / 3000, 0.8 + 0.2 / 3, 0.031);
}

TEST(SynthSites, HaveAFrequentClassAndAPlaceOfTheirOwn) {
  const SynthStore store = synthesize({.kind = SynthKind::sites, .dim = {}, .seed = 1});
  const SampleTable& samples = store.samples;
  ValidationErrors errors;
  check_samples(samples, errors);
  EXPECT_THAT(errors.lines(), ::testing::IsEmpty());
  EXPECT_EQ(samples.size(), 4000u);
  EXPECT_EQ(store.embeddings.front().info.name, "synth/sites");
  for (std::int32_t site = 0; site < 5; ++site)
    for (std::int32_t k = 0; k < 3; ++k)  // 5 sd
      EXPECT_NEAR(static_cast<double>(count(samples, 0, k, site)), k == site % 3 ? 540 : 30,
                  k == site % 3 ? 37 : 27);
  for (std::int32_t k = 0; k < 3; ++k)
    EXPECT_NEAR(static_cast<double>(count(samples, 1, k, 5)), 333, 75);
  // The first and the fourth source are neighbours on the ring, and have the same frequent class.
  const auto mean = [&](std::int32_t site) { return mean_of(store, samples.domain, site); };
  EXPECT_NEAR(distance(mean(0), mean(3)), 3, 0.8);
  EXPECT_GT(distance(mean(0), mean(4)), 5);
}

TEST(SynthShortcut, OutOfSampleDomainsAreIndependentOfTheClass) {
  const SampleTable samples =
      synthesize({.kind = SynthKind::shortcut, .dim = {}, .scale = 4, .seed = 1}).samples;
  std::map<std::pair<int, int>, int> cells;
  for (std::size_t row = 0; row < samples.size(); ++row)
    if (samples.role.codes[row] == 1)
      ++cells[{samples.class_label.codes[row], planted(samples).codes[row]}];
  ASSERT_EQ(cells.size(), 9u);
  for (const auto& [cell, number] : cells) EXPECT_NEAR(number, 4000.0 / 9, 105);
}

TEST(SynthShortcut, DirectionsHaveTheirLengthsAndAreOrthogonal) {
  // Between the means of two levels lies their length times sqrt(2), if all else is balanced, as it
  // is among the oos samples; the noise of the means adds a little.
  SynthStore store = synthesize({.kind = SynthKind::shortcut, .dim = {}, .scale = 20, .seed = 3});
  CodedColumn class_label = store.samples.class_label;
  CodedColumn domain = planted(store.samples);
  for (std::size_t row = 0; row < store.samples.size(); ++row)
    if (store.samples.role.codes[row] == 0) class_label.codes[row] = domain.codes[row] = -1;
  for (const auto& [a, b] : {std::pair(0, 1), std::pair(1, 2), std::pair(0, 2)}) {
    EXPECT_NEAR(distance(mean_of(store, class_label, a), mean_of(store, class_label, b)),
                1.5 * std::sqrt(2.0), 0.15);
    EXPECT_NEAR(distance(mean_of(store, domain, a), mean_of(store, domain, b)), 3 * std::sqrt(2.0),
                0.15);
  }
}

TEST(SynthShortcut, NoiseHasUnitVariance) {
  const SynthStore store = synthesize({.kind = SynthKind::shortcut, .dim = 200, .seed = 1});
  const EmbeddingSet& set = store.embeddings.front();
  double sum = 0;
  for (const float value : set.values) sum += static_cast<double>(value) * value;
  // |z|^2 = 1.5^2 + 3^2 + 200 on average
  EXPECT_NEAR(sum / 4000, 211.25, 2);
}

TEST(SynthCovidx, HasTheCellsOfTheProtocol) {
  const SampleTable samples = synthesize({.kind = SynthKind::covidx, .dim = 16}).samples;
  EXPECT_EQ(samples.size(), 14042u + 1500u);
  EXPECT_EQ(count(samples, 0, 0, 0), 8066u);
  EXPECT_EQ(count(samples, 0, 1, 0), 5520u);
  EXPECT_EQ(count(samples, 0, 1, 1), 29u);
  EXPECT_EQ(count(samples, 0, 2, 1), 295u);
  EXPECT_EQ(count(samples, 0, 2, 2), 51u);
  EXPECT_EQ(count(samples, 0, 2, 3), 46u);
  EXPECT_EQ(count(samples, 0, 2, 4), 35u);
  for (std::int32_t k = 0; k < 3; ++k) EXPECT_EQ(count(samples, 1, k, 5), 500u);
  EXPECT_EQ(samples.domain.levels[0], "rsna");
  EXPECT_EQ(samples.domain.levels[5], "new_site");
}

TEST(SynthCovidx, ScalesButKeepsTwelveInACellAndAHundredOutside) {
  const SynthStore store = synthesize({.kind = SynthKind::covidx, .dim = {}, .scale = 0.05});
  EXPECT_EQ(store.embeddings.front().info.dim, 1024u);
  EXPECT_EQ(count(store.samples, 0, 0, 0), 403u);
  EXPECT_EQ(count(store.samples, 0, 2, 1), 15u);
  EXPECT_EQ(count(store.samples, 0, 2, 4), 12u);
  std::size_t oos = 0;
  for (const std::int32_t role : store.samples.role.codes) oos += role == 1;
  EXPECT_EQ(oos, 100u);
}

TEST(Synth, EqualSettingsGiveEqualBytesAndOtherSeedsOthers) {
  const test::ScratchFolder folder;
  SynthSettings settings{.kind = SynthKind::covidx, .dim = 9, .scale = 0.05, .seed = 7};
  write_synth_store(folder / "a.h5", settings);
  write_synth_store(folder / "b.h5", settings);
  EXPECT_EQ(test::bytes_of(folder / "a.h5"), test::bytes_of(folder / "b.h5"));
  settings.seed = 8;
  write_synth_store(folder / "b.h5", settings);
  EXPECT_NE(test::bytes_of(folder / "a.h5"), test::bytes_of(folder / "b.h5"));
  EXPECT_EQ(open_store(folder / "a.h5").find("synth/covidx")->extractor,
            "synth covidx (scale 0.05, seed 7)");
}

/// The seed stands in the store's texts too, so equal bytes alone do not say that it is used.
TEST(Synth, AnotherSeedGivesOtherLabelsAndOtherNumbers) {
  for (const SynthKind kind : {SynthKind::shortcut, SynthKind::covidx, SynthKind::sources}) {
    const SynthStore one = synthesize({.kind = kind, .dim = 9, .scale = 0.05, .seed = 7});
    const SynthStore other = synthesize({.kind = kind, .dim = 9, .scale = 0.05, .seed = 8});
    EXPECT_NE(one.samples.class_label.codes, other.samples.class_label.codes);
    if (kind != SynthKind::sources) {  // whose sources come in turn
      EXPECT_NE(one.samples.domain.codes, other.samples.domain.codes);
    }
    EXPECT_NE(one.embeddings.front().values, other.embeddings.front().values);
  }
}

TEST(Synth, RefusesOtherSizes) {
  expect_error(ErrorCode::usage, "scale is 0 (0.01 to 100 are allowed)",
               [] { (void)synthesize({.dim = {}, .scale = 0}); });
  expect_error(ErrorCode::usage, "scale is nan (0.01 to 100 are allowed)",
               [] { (void)synthesize({.dim = {}, .scale = std::nan("")}); });
  expect_error(ErrorCode::usage,
               "dim is 5 (6 to 65536 are allowed: that many directions are planted)",
               [] { (void)synthesize({.dim = 5}); });
  expect_error(ErrorCode::usage,
               "dim is 8 (9 to 65536 are allowed: that many directions are planted)",
               [] { (void)synthesize({.kind = SynthKind::covidx, .dim = 8}); });
  expect_error(ErrorCode::usage,
               "dim is 8 (9 to 65536 are allowed: that many directions are planted)",
               [] { (void)synthesize({.kind = SynthKind::sources, .dim = 8}); });
  expect_error(ErrorCode::usage,
               "sources is 4 (only the kind sources has a number of them). leave it out",
               [] { (void)synthesize({.dim = {}, .sources = 4}); });
}

}  // namespace
}  // namespace crossfold
