#include "crossfold/imaging/lung_mask.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/imgproc.hpp>

#include "crossfold/core/counted.h"
#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/errors_by_cause.h"
#include "crossfold/core/files.h"
#include "crossfold/core/first_named.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/manifest/path_from.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr double kLeastArea = 0.05;
constexpr double kMostArea = 0.75;
constexpr double kMostOfTheEdge = 0.5;
constexpr double kLargePart = 0.01;
constexpr int kMostSmallParts = 4;
constexpr std::uint8_t kThreshold = 128;
constexpr std::uint8_t kNearlyBlack = 48;
constexpr std::uint8_t kNearlyWhite = 207;
constexpr double kMostBetween = 0.1;

std::size_t mask_column(const CsvTable& table, const std::string& name,
                        const std::optional<std::string>& column) {
  std::vector<std::string> others = table.columns;
  std::erase(others, "image");
  CF_VALIDATE(
      table.find_column("image"), ErrorCode::bad_input,
      fmt::format("has no column 'image' (it says whose masks these are). add it; it has {}",
                  fmt::join(table.columns, ", ")),
      name);
  const std::string wanted = column.value_or(others.size() == 1 ? others.front() : "");
  const std::optional<std::size_t> found = table.find_column(wanted);
  CF_VALIDATE(
      found, ErrorCode::bad_input,
      column ? fmt::format("has no column '{}'. it has {}", wanted, fmt::join(table.columns, ", "))
             : fmt::format("has {} columns of masks ({}). say which with --mask-column",
                           others.size(), fmt::join(others, ", ")),
      name);
  return *found;
}

/// Ascending, each once.
std::vector<std::uint8_t> grays_in(const std::vector<std::uint8_t>& pixels) {
  std::array<bool, 256> present{};
  for (const std::uint8_t pixel : pixels) present[pixel] = true;
  std::vector<std::uint8_t> grays;
  for (std::size_t gray = 0; gray < present.size(); ++gray)
    if (present[gray]) grays.push_back(static_cast<std::uint8_t>(gray));
  return grays;
}

/// The share of the outermost pixels that are lungs.
double share_of_edge(const GrayImage& mask) {
  std::size_t edge = 0;
  std::size_t lungs = 0;
  for (int y = 0; y < mask.height; ++y) {
    const bool whole_row = y == 0 || y == mask.height - 1;
    for (int x = 0; x < mask.width; x += whole_row ? 1 : std::max(1, mask.width - 1)) {
      ++edge;
      lungs += mask.pixels[static_cast<std::size_t>(y) * mask.width + x] == 0 ? 0 : 1;
    }
  }
  return static_cast<double>(lungs) / static_cast<double>(edge);
}

/// The share of pixels that lossy compression alone does not explain.
double share_between(const std::vector<std::uint8_t>& pixels) {
  const auto count = std::count_if(pixels.begin(), pixels.end(), [](std::uint8_t pixel) {
    return pixel >= kNearlyBlack && pixel <= kNearlyWhite;
  });
  return static_cast<double>(count) / static_cast<double>(pixels.size());
}

}  // namespace

MaskPaths read_mask_table(const fs::path& path, const std::optional<std::string>& column) {
  const std::string name = path.string();
  const CsvTable table = parse_csv(read_file(path, kMostTableBytes), name);
  const std::size_t mask = mask_column(table, name, column);
  const std::size_t image = table.find_column("image").value();
  const fs::path folder = fs::absolute(path).parent_path();
  MaskPaths masks;
  ValidationErrors errors;
  ErrorsByCause repeated(errors);
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::vector<std::string>& fields = table.rows[row];
    if (fields[mask].empty()) continue;
    const fs::path of = (folder / path_from(fields[image])).lexically_normal();
    if (!masks.emplace(of, (folder / path_from(fields[mask])).lexically_normal()).second)
      repeated.add(fmt::format("line {} ('{}')", table.lines[row], fields[image]),
                   "the image has a mask already. leave one of them out");
  }
  repeated.hand_over();
  errors.throw_if_any(ErrorCode::bad_input, name);
  return masks;
}

std::optional<std::string> unused_masks(const MaskPaths& masks, const std::set<fs::path>& images) {
  std::vector<std::string> unused;
  for (const auto& [image, mask] : masks)
    if (!images.contains(image)) unused.push_back(image.filename().string());
  if (unused.empty()) return std::nullopt;
  return fmt::format("{} of {} not used (the manifest does not have their images): {}",
                     unused.size(), counted_are(masks.size(), "mask"), first_named(unused));
}

bool LungMask::is_empty_or_full() const {
  return std::all_of(pixels.pixels.begin(), pixels.pixels.end(),
                     [&](std::uint8_t pixel) { return pixel == pixels.pixels.front(); });
}

LungMask decode_lung_mask(std::string_view bytes, const std::string& name, int width, int height) {
  LungMask mask{.pixels = decode_gray(bytes, name), .oddity = std::nullopt};
  std::vector<std::uint8_t>& pixels = mask.pixels.pixels;
  CF_VALIDATE(mask.pixels.width == width && mask.pixels.height == height, ErrorCode::bad_input,
              fmt::format("a lung mask of another size ({} x {} where the image has {} x {}). "
                          "make it from that image",
                          mask.pixels.width, mask.pixels.height, width, height),
              name);
  const std::vector<std::uint8_t> grays = grays_in(pixels);
  const std::uint8_t least_lung =
      grays.size() <= 2 ? std::max<std::uint8_t>(grays.back(), 1) : kThreshold;
  CF_VALIDATE(grays.size() <= 2 || grays.back() >= kThreshold, ErrorCode::bad_input,
              fmt::format("a lung mask of {} grays, {} to {} (of more than two, those of {} and "
                          "more are lungs: none). write it with two, the lungs as the higher one",
                          grays.size(), grays.front(), grays.back(), kThreshold),
              name);
  const double between = share_between(pixels);
  for (std::uint8_t& pixel : pixels) pixel = pixel >= least_lung ? 255 : 0;
  mask.oddity = mask_oddity(mask.pixels);
  if (!mask.oddity && grays.size() > 2 && between > kMostBetween)
    mask.oddity = fmt::format("{:.0f} % of it is neither black nor white, and was cut at {}",
                              100 * between, kThreshold);
  return mask;
}

GrayImage read_lung_mask(const fs::path& path, int width, int height) {
  return decode_lung_mask(read_image_bytes(path), path.string(), width, height).pixels;
}

std::optional<std::string> mask_oddity(const GrayImage& mask) {
  const cv::Mat view(mask.height, mask.width, CV_8UC1,
                     const_cast<std::uint8_t*>(mask.pixels.data()));  // only read from
  cv::Mat labels;
  cv::Mat stats;
  cv::Mat centroids;
  const int parts = cv::connectedComponentsWithStats(view, labels, stats, centroids);
  const double pixels = static_cast<double>(mask.pixels.size());
  double area = 0;
  int large = 0;
  int small = 0;
  for (int part = 1; part < parts; ++part) {  // 0 is the background
    const double share = stats.at<int>(part, cv::CC_STAT_AREA) / pixels;
    area += share;
    ++(share >= kLargePart ? large : small);
  }
  if (area < kLeastArea || area > kMostArea)
    return fmt::format("it covers {:.0f} % of the image, where lungs cover {:.0f} to {:.0f} %",
                       100 * area, 100 * kLeastArea, 100 * kMostArea);
  if (const double edge = share_of_edge(mask); edge > kMostOfTheEdge)
    return fmt::format(
        "it holds {:.0f} % of the image's edge, as the surroundings of lungs do (is it "
        "inverted?)",
        100 * edge);
  if (large < 1 || large > 2 || small > kMostSmallParts)
    return fmt::format("it has {} large and {} small parts, where lungs have one or two", large,
                       small);
  return std::nullopt;
}

}  // namespace crossfold
