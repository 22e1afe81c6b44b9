#include "crossfold/imaging/segment_images.h"

#include <algorithm>
#include <optional>
#include <set>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <opencv2/imgcodecs.hpp>

#include "crossfold/core/csv.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/lung_mask.h"

#include "row_workers.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// The folders that all paths begin with.
fs::path common_folder(const std::vector<fs::path>& paths) {
  fs::path common = paths.front().parent_path();
  for (const fs::path& path : paths) {
    const auto [end, ignored] =
        std::mismatch(common.begin(), common.end(), path.begin(), path.end());
    fs::path shared;
    for (auto part = common.begin(); part != end; ++part) shared /= *part;
    common = shared;
  }
  return common;
}

std::string encode_png(const GrayImage& mask) {
  const cv::Mat view(mask.height, mask.width, CV_8UC1,
                     const_cast<std::uint8_t*>(mask.pixels.data()));  // only read from
  std::vector<std::uint8_t> bytes;
  CF_ENSURE(cv::imencode(".png", view, bytes));
  return {bytes.begin(), bytes.end()};
}

/// Names of the masks, each once: "cohen/a.png" for "/data/images/cohen/a.jpeg".
std::vector<fs::path> mask_names(const std::vector<fs::path>& images) {
  const fs::path common = common_folder(images);
  std::set<fs::path> taken;
  std::vector<fs::path> names;
  for (const fs::path& image : images) {
    fs::path name = image.lexically_relative(common);
    name += ".png";
    const fs::path plain = fs::path(name).replace_extension().replace_extension(".png");
    if (!taken.contains(plain)) name = plain;
    taken.insert(name);
    names.push_back(name);
  }
  return names;
}

}  // namespace

SegmentedImages segment_images(const fs::path& images_folder, std::span<const ImageRow> rows,
                               const Segmenter& segmenter, const fs::path& folder, int threads,
                               const std::function<void(std::size_t, std::size_t)>& progress) {
  CF_EXPECT(threads >= 1);
  CF_VALIDATE(!rows.empty(), ErrorCode::bad_input,
              "no images to segment (the manifest has no rows). give at least one",
              images_folder.string());
  confine_opencv();
  at::set_num_threads(1);
  std::vector<fs::path> images;
  images.reserve(rows.size());
  for (const ImageRow& row : rows) images.push_back((images_folder / row.path).lexically_normal());
  const std::vector<fs::path> names = mask_names(images);
  std::vector<std::optional<std::string>> bad(rows.size());
  std::vector<std::optional<std::string>> odd(rows.size());
  for (const fs::path& name : names) create_writable_folder(folder / name.parent_path());
  const auto segment_row = [&](std::size_t row) {
    GrayImage mask;
    try {
      mask = segmenter.segment(read_gray_image(images[row]));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
      bad[row] = error.message();
      return;
    }
    odd[row] = mask_oddity(mask);
    write_file_whole(folder / names[row], encode_png(mask));
  };
  for_each_row(rows.size(), threads, segment_row, progress);

  SegmentedImages result;
  const fs::path base = fs::absolute(folder).lexically_normal();
  std::string table = csv_line({"image", "mask"});
  for (std::size_t row = 0; row < rows.size(); ++row) {
    result.masks.push_back(bad[row] ? fs::path() : names[row]);
    if (bad[row]) result.bad.push_back({row, rows[row].id, rows[row].path, *bad[row]});
    if (odd[row]) result.odd.push_back({row, rows[row].id, rows[row].path, *odd[row]});
    if (!bad[row])
      table += csv_line({images[row].lexically_relative(base).string(), names[row].string()});
  }
  write_file_whole(folder / "masks.csv", table);
  return result;
}

}  // namespace crossfold
