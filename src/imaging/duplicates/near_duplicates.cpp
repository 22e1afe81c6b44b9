#include "crossfold/imaging/near_duplicates.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/image_oddity.h"

#include "aligned_pair.h"
#include "duplicate_candidates.h"
#include "row_workers.h"
#include "thumbnail_signature.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What is kept of every image, 130 kB.
struct Summary {
  std::optional<std::string> problem;
  std::optional<std::string> blank;
  Digest pixels;

  [[nodiscard]] bool is_compared() const { return !problem && !blank; }
  ThumbnailSignature signature;
  AlignableImage image;
};

Summary summarize(const fs::path& path) {
  Summary summary;
  GrayImage image;
  try {
    image = read_gray_image(path);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
    summary.problem = error.message();
    return summary;
  }
  summary.blank = image_oddity(image);
  summary.pixels = Hasher()
                       .number(static_cast<std::uint64_t>(image.width))
                       .number(static_cast<std::uint64_t>(image.height))
                       .values(std::span<const std::uint8_t>(image.pixels))
                       .finish();
  summary.signature = ThumbnailSignature(image);
  summary.image = alignable_image(image);
  return summary;
}

/// Pairs of equal pixels, among different groups.
std::vector<DuplicatePair> exact_pairs(std::span<const Summary> images,
                                       std::span<const std::string> groups) {
  std::map<Digest, std::vector<std::size_t>> same;
  for (std::size_t i = 0; i < images.size(); ++i)
    if (images[i].is_compared()) same[images[i].pixels].push_back(i);
  std::vector<DuplicatePair> pairs;
  for (const auto& [digest, rows] : same)
    for (std::size_t a = 0; a < rows.size(); ++a)
      for (std::size_t b = a + 1; b < rows.size(); ++b)
        if (groups[rows[a]] != groups[rows[b]])
          pairs.push_back(
              {.first = rows[a], .second = rows[b], .kind = DuplicatePair::Kind::exact});
  return pairs;
}

}  // namespace

Duplicates find_duplicates(std::span<const fs::path> images, std::span<const std::string> groups,
                           const DuplicateSettings& settings) {
  CF_EXPECT(images.size() == groups.size() && settings.threads >= 1);
  confine_opencv();
  const auto stage = [&](const char* name) {
    return [&settings, name](std::size_t done, std::size_t of) {
      if (settings.progress) settings.progress(name, done, of);
    };
  };
  std::vector<Summary> summaries(images.size());
  for_each_row(
      images.size(), settings.threads,
      [&](std::size_t row) { summaries[row] = summarize(images[row]); }, stage("images read"));

  Duplicates result;
  std::vector<std::size_t> rows;  // that are compared
  std::vector<ThumbnailSignature> signatures;
  std::vector<std::string> their_groups;
  for (std::size_t i = 0; i < images.size(); ++i) {
    if (summaries[i].problem)
      result.bad.push_back({i, images[i].string(), images[i], *summaries[i].problem});
    else if (summaries[i].blank)
      result.blank.push_back({i, images[i].string(), images[i], *summaries[i].blank});
    if (!summaries[i].is_compared()) continue;
    rows.push_back(i);
    signatures.push_back(std::move(summaries[i].signature));
    their_groups.push_back(groups[i]);
  }
  const std::vector<CandidatePair> candidates = duplicate_candidates(
      signatures, their_groups, settings.candidates, settings.threads, stage("images compared"));
  std::vector<std::optional<Alignment>> alignments(candidates.size());
  for_each_row(
      candidates.size(), settings.threads,
      [&](std::size_t i) {
        const CandidatePair& pair = candidates[i];
        const AlignableImage& a = summaries[rows[pair.first]].image;
        const AlignableImage& b = summaries[rows[pair.second]].image;
        alignments[i] = align(a, pair.side == CandidatePair::Side::same ? b : mirrored(b),
                              settings.least_inliers);
      },
      stage("pairs aligned"));

  result.pairs = exact_pairs(summaries, groups);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const std::optional<Alignment>& found = alignments[i];
    if (!found || found->score < settings.least_score || found->overlap < settings.least_overlap)
      continue;
    const std::size_t first = rows[candidates[i].first];
    const std::size_t second = rows[candidates[i].second];
    if (summaries[first].pixels == summaries[second].pixels) continue;
    result.pairs.push_back({.first = first,
                            .second = second,
                            .kind = candidates[i].side == CandidatePair::Side::same
                                        ? DuplicatePair::Kind::near
                                        : DuplicatePair::Kind::mirrored,
                            .score = found->score,
                            .inliers = found->inliers,
                            .overlap = found->overlap});
  }
  std::stable_sort(
      result.pairs.begin(), result.pairs.end(),
      [](const DuplicatePair& a, const DuplicatePair& b) { return a.score > b.score; });
  return result;
}

std::vector<std::string> merged_groups(std::span<const std::string> groups,
                                       std::span<const DuplicatePair> pairs) {
  std::map<std::string, std::string> parent;
  for (const std::string& group : groups) parent.emplace(group, group);
  const auto root = [&](std::string name) {
    while (parent.at(name) != name) name = parent.at(name);
    return name;
  };
  for (const DuplicatePair& pair : pairs) {
    const std::string a = root(groups[pair.first]);
    const std::string b = root(groups[pair.second]);
    parent[std::max(a, b)] = std::min(a, b);
  }
  std::vector<std::string> merged;
  merged.reserve(groups.size());
  for (const std::string& group : groups) merged.push_back(root(group));
  return merged;
}

}  // namespace crossfold
