#include "crossfold/imaging/decode.h"

#include <algorithm>
#include <cstddef>
#include <mutex>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

#include "decode_dicom.h"
#include "dicom_file.h"
#include "image_structure.h"
#include "jpeg_pixels.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string first_bytes(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes.substr(0, 8))
    text += fmt::format("{}{:02x}", text.empty() ? "" : " ", static_cast<std::uint8_t>(byte));
  return text;
}

cv::Mat decode_essential(const ImageStructure& image) {
  const cv::Mat buffer(1, static_cast<int>(image.essential.size()), CV_8UC1,
                       const_cast<char*>(image.essential.data()));  // only read from
  try {
    return cv::imdecode(buffer, cv::IMREAD_UNCHANGED);
  } catch (const cv::Exception&) {
    return {};
  }
}

cv::Mat one_channel(const cv::Mat& image) {
  if (image.channels() == 1) return image;
  cv::Mat gray;
  cv::cvtColor(image, gray, image.channels() == 4 ? cv::COLOR_BGRA2GRAY : cv::COLOR_BGR2GRAY);
  return gray;
}

/// What 16-bit samples are to be divided by where they hold 8-bit ones: as they are, or spread over
/// 16 bits in one of the two usual ways. Nothing where they hold more. Alpha does not count.
std::optional<int> divisor_to_8_bits(const cv::Mat& image) {
  const int channels = image.channels();
  const int colours = channels == 4 ? 3 : channels;
  bool is_small = true;
  bool is_repeated = true;  // 0xabab
  bool is_shifted = true;   // 0xab00
  for (int y = 0; y < image.rows && (is_small || is_repeated || is_shifted); ++y) {
    const auto* const row = image.ptr<ushort>(y);
    for (int i = 0; i < image.cols * channels; ++i) {
      if (i % channels >= colours) continue;
      is_small = is_small && row[i] <= 255;
      is_repeated = is_repeated && row[i] % 257 == 0;
      is_shifted = is_shifted && row[i] % 256 == 0;
    }
  }
  if (is_small) return 1;
  if (is_repeated) return 257;
  if (is_shifted) return 256;
  return std::nullopt;
}

cv::Mat divided_to_8_bits(const cv::Mat& image, int divisor) {
  cv::Mat to(image.rows, image.cols, CV_8UC(image.channels()));
  const int samples = image.cols * image.channels();
  for (int y = 0; y < image.rows; ++y)
    std::transform(image.ptr<ushort>(y), image.ptr<ushort>(y) + samples, to.ptr<uchar>(y),
                   [&](ushort value) { return static_cast<uchar>(value / divisor); });
  return to;
}

/// 16 bits to 8, from the image's own minimum and maximum; in whole numbers, so exact.
void scale_to_8_bits(const cv::Mat& image, std::vector<std::uint8_t>& pixels) {
  const auto [low, high] = std::minmax_element(image.begin<ushort>(), image.end<ushort>());
  const std::uint32_t minimum = *low;
  const std::uint32_t range = std::max<std::uint32_t>(*high - minimum, 1);
  std::transform(image.begin<ushort>(), image.end<ushort>(), pixels.begin(), [&](ushort value) {
    return static_cast<std::uint8_t>(((value - minimum) * 255U + range / 2) / range);
  });
}

GrayImage decode_png(const ImageStructure& structure, const std::string& name) {
  cv::Mat decoded = decode_essential(structure);
  if (decoded.cols != structure.width || decoded.rows != structure.height ||
      (decoded.depth() != CV_8U && decoded.depth() != CV_16U))
    throw_damaged("PNG", "its pixels cannot be decoded", name);
  if (decoded.depth() == CV_16U)
    if (const auto divisor = divisor_to_8_bits(decoded))
      decoded = divided_to_8_bits(decoded, *divisor);
  const cv::Mat gray = one_channel(decoded);
  GrayImage image{gray.cols, gray.rows, std::vector<std::uint8_t>(gray.total())};
  if (gray.depth() == CV_16U)
    scale_to_8_bits(gray, image.pixels);
  else
    gray.copyTo(cv::Mat(gray.size(), CV_8UC1, image.pixels.data()));
  return image;
}

/// What a failed download leaves under an image's name; null for anything else.
const char* what_stands_in_its_place(std::string_view bytes) {
  if (bytes.starts_with("version https://git-lfs."))
    return "a pointer of Git LFS (the file itself was not fetched, as `git lfs pull` does)";
  for (const char* page : {"<!DOCTYPE", "<!doctype", "<html", "<HTML", "<?xml", "<Error"})
    if (bytes.starts_with(page))
      return "a page of a web server (an error or a login in place of the file)";
  return nullptr;
}

}  // namespace

void throw_damaged(std::string_view kind, const std::string& problem, const std::string& name) {
  throw Error(
      ErrorCode::bad_input,
      fmt::format("damaged {} ({}). fetch or make the file again, or leave it out", kind, problem),
      name);
}

void throw_not_supported(std::string_view what, std::string_view why, std::string_view what_to_do,
                         const std::string& name) {
  throw Error(ErrorCode::bad_input,
              fmt::format("{} not supported ({}). {}, or leave it out", what, why, what_to_do),
              name);
}

void check_image_size(std::int64_t width, std::int64_t height, const std::string& name) {
  CF_VALIDATE(std::min(width, height) >= kMinImageSide, ErrorCode::bad_input,
              fmt::format("too small ({} x {} pixels; each side needs at least {}). leave it out",
                          width, height, kMinImageSide),
              name);
  CF_VALIDATE(width <= kMaxImagePixels / height, ErrorCode::bad_input,
              fmt::format("too large ({} x {} pixels; at most {} in all are read). make it smaller",
                          width, height, kMaxImagePixels),
              name);
}

GrayImage decode_gray(std::string_view bytes, const std::string& name) {
  CF_VALIDATE(!bytes.empty(), ErrorCode::bad_input,
              "empty file (an image was expected). fetch or make the file again, or leave it out",
              name);
  if (is_png(bytes)) return decode_png(read_png_structure(bytes, name), name);
  if (is_jpeg(bytes)) return decode_jpeg(read_jpeg_structure(bytes, name), name);
  if (is_dicom(bytes)) return decode_dicom(bytes, name);
  if (const auto tag = first_tag_of_bare_dicom(bytes))
    throw_not_supported("DICOM without its preamble and file meta information is",
                        fmt::format("it begins with the tag {}, and nothing says how its pixels "
                                    "are stored",
                                    *tag),
                        "write it as a file of the standard, e.g. dcmconv IN.dcm OUT.dcm", name);
  if (const char* what = what_stands_in_its_place(bytes))
    throw Error(ErrorCode::bad_input,
                fmt::format("no image but {}. fetch the image itself, or leave it out", what),
                name);
  throw Error(ErrorCode::bad_input,
              fmt::format("neither PNG, JPEG nor DICOM (it begins with {}; PNG begins with "
                          "89 50 4e 47, JPEG with ff d8 ff, DICOM has DICM behind 128 bytes). "
                          "convert it to PNG",
                          first_bytes(bytes)),
              name);
}

std::string read_image_bytes(const fs::path& path) {
  std::error_code ignored;
  const fs::file_status status = fs::status(path, ignored);
  CF_VALIDATE(
      status.type() != fs::file_type::not_found, ErrorCode::io,
      "no such file (the image is missing). check the path and the folder it is relative to",
      path.string());
  // What may not be looked at (unknown) is left to read_file, which gives the system's reason.
  CF_VALIDATE(fs::is_regular_file(status) || status.type() == fs::file_type::unknown, ErrorCode::io,
              "not an ordinary file (a folder, pipe or device). name an image file", path.string());
  return read_file(path, kMaxImageFileBytes);
}

GrayImage read_gray_image(const fs::path& path) {
  return decode_gray(read_image_bytes(path), path.string());
}

void confine_opencv() {
  static std::once_flag done;
  std::call_once(done, [] {
    cv::setNumThreads(1);
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  });
}

}  // namespace crossfold
