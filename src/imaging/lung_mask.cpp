#include "crossfold/imaging/lung_mask.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/imgproc.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/imaging/decode.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxTableBytes = std::uint64_t{1} << 30;
constexpr double kLeastArea = 0.05;
constexpr double kMostArea = 0.75;
constexpr double kLargePart = 0.01;
constexpr int kMostSmallParts = 4;

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

}  // namespace

MaskPaths read_mask_table(const fs::path& path, const std::optional<std::string>& column) {
  const std::string name = path.string();
  const CsvTable table = parse_csv(read_file(path, kMaxTableBytes), name);
  const std::size_t mask = mask_column(table, name, column);
  const std::size_t image = table.find_column("image").value();
  const fs::path folder = fs::absolute(path).parent_path();
  MaskPaths masks;
  Mistakes mistakes;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::vector<std::string>& fields = table.rows[row];
    if (fields[mask].empty()) continue;
    const fs::path of = (folder / fields[image]).lexically_normal();
    if (!masks.emplace(of, (folder / fields[mask]).lexically_normal()).second)
      mistakes.add(
          fmt::format("line {}", table.lines[row]),
          fmt::format("the image '{}' has a mask already. leave one of them out", fields[image]));
  }
  mistakes.throw_if_any(ErrorCode::bad_input, name);
  return masks;
}

GrayImage read_lung_mask(const fs::path& path, int width, int height) {
  GrayImage mask = read_gray_image(path);
  CF_VALIDATE(mask.width == width && mask.height == height, ErrorCode::bad_input,
              fmt::format("a lung mask of another size ({} x {} where the image has {} x {}). "
                          "make it from that image",
                          mask.width, mask.height, width, height),
              path.string());
  for (std::uint8_t& pixel : mask.pixels) pixel = pixel >= 128 ? 255 : 0;
  return mask;
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
  if (large < 1 || large > 2 || small > kMostSmallParts)
    return fmt::format("it has {} large and {} small parts, where lungs have one or two", large,
                       small);
  return std::nullopt;
}

}  // namespace crossfold
