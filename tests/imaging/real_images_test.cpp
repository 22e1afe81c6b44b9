#include <mutex>
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/imaging/embed.h"
#include "crossfold/imaging/embed_results.h"

#include "imaging/cxr_set.h"
#include "imaging/test_images.h"

namespace crossfold {
namespace {

double dot(std::span<const float> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * b[i];
  return sum;
}

/// Share of pairs in the right order.
double auc(const std::vector<double>& positive, const std::vector<double>& negative) {
  double right = 0;
  for (const double p : positive)
    for (const double n : negative) right += p > n ? 1 : p == n ? 0.5 : 0;
  return right / (static_cast<double>(positive.size()) * static_cast<double>(negative.size()));
}

/// The difference of the sources' means over one half of the patients, scored on the other half.
double source_auc(const std::vector<test::CxrImage>& samples, const EmbeddingSource& set) {
  std::vector<float> values(set.info.rows * set.info.dim);
  set.read(0, values);
  const auto row = [&](std::size_t i) {
    return std::span(values).subspan(i * set.info.dim, set.info.dim);
  };
  const auto in_first_half = [&](std::size_t i) {
    unsigned sum = 0;
    for (const char letter : samples[i].patient)
      sum = sum * 31 + static_cast<unsigned char>(letter);
    return sum / 7 % 2 == 0;
  };
  std::vector<double> direction(set.info.dim);
  double counts[2] = {0, 0};
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (in_first_half(i)) counts[samples[i].source == "cohen" ? 1 : 0] += 1;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    if (!in_first_half(i)) continue;
    const bool cohen = samples[i].source == "cohen";
    for (std::size_t d = 0; d < direction.size(); ++d)
      direction[d] += (cohen ? 1 : -1) * static_cast<double>(row(i)[d]) / counts[cohen ? 1 : 0];
  }
  std::vector<double> cohen;
  std::vector<double> nih;
  for (std::size_t i = 0; i < samples.size(); ++i)
    if (!in_first_half(i))
      (samples[i].source == "cohen" ? cohen : nih).push_back(dot(row(i), direction));
  return auc(cohen, nih);
}

TEST(RealImages, AreAllReadAndTellTheirSource) {
  std::vector<test::CxrImage> samples = test::cxr_images();
  if (samples.empty()) GTEST_SKIP() << test::cxr_is_absent();
  std::erase_if(samples,
                [](const test::CxrImage& s) { return s.source != "cohen" && s.source != "nih"; });
  std::vector<ImageRow> rows;
  rows.reserve(samples.size());
  for (const test::CxrImage& sample : samples) rows.push_back({sample.name, sample.name});

  const auto texture = make_extractor("texture");
  const ImageEmbedder embedder(test::cxr_folder(), *texture, {"raw", "equalized"});
  const test::TemporaryFolder scratch;
  EmbedResults results(embedder, rows, scratch.path() / "s.part");
  std::mutex mutex;  // over the results
  embed_images(embedder, rows, 2, [&](std::size_t row, const EmbeddedImage& image) {
    const std::lock_guard lock(mutex);
    results.add(row, image);
  });
  const Embedded embedded = results.result(BadImages::fail);
  ASSERT_EQ(embedded.rows.size(), 1494U);
  for (const EmbeddingSource& set : embedded.sets) {
    const double score = source_auc(samples, set);
    RecordProperty(set.info.preprocessing + "_source_auc", std::to_string(score));
    EXPECT_GT(score, 0.8) << set.info.name;  // the crudest classifier; a regression has 0.97
  }
}

}  // namespace
}  // namespace crossfold
