#include "model_input.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <system_error>

#include <opencv2/imgproc.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxJsonBytes = 1 << 20;
constexpr double kAnyNumber = std::numeric_limits<double>::max();

/// One number a channel; `fallback` where the key is absent.
std::vector<double> per_channel(ObjectReader& reader, const std::string& key, int channels,
                                double fallback, Bounds bounds) {
  if (!reader.has(key)) return std::vector<double>(static_cast<std::size_t>(channels), fallback);
  std::vector<double> values = reader.numbers(key, bounds);
  if (values.size() != static_cast<std::size_t>(channels))
    reader.error(key, "must hold one number for each channel");
  values.resize(static_cast<std::size_t>(channels), fallback);
  return values;
}

/// OpenCV's area means are none where either side grows, so the sides then go one by one.
void resample(cv::Mat& values, cv::Size size) {
  const auto go_to = [&](int width, int height) {
    const bool smaller = width <= values.cols && height <= values.rows;
    cv::resize(values, values, {width, height}, 0, 0, smaller ? cv::INTER_AREA : cv::INTER_LINEAR);
  };
  const bool narrower = size.width < values.cols, lower = size.height < values.rows;
  if (narrower != lower)
    go_to(narrower ? size.width : values.cols, lower ? size.height : values.rows);
  go_to(size.width, size.height);
}

}  // namespace

fs::path description_path(const fs::path& model) { return model.string() + ".json"; }

std::string read_description_text(const fs::path& model) {
  const fs::path beside = description_path(model);
  std::error_code ignored;
  CF_VALIDATE(fs::is_regular_file(model, ignored), ErrorCode::io,
              "no such file (it should hold a model). check the path", model.string());
  CF_VALIDATE(fs::is_regular_file(beside, ignored), ErrorCode::io,
              "no such file (it says what the model takes and gives). write it beside the model, "
              "as jobs/export does",
              beside.string());
  return read_file(beside, kMaxJsonBytes);
}

ModelInput read_model_input(ObjectReader& reader) {
  ModelInput input;
  input.width = static_cast<int>(reader.integer("width", 1, 4096, std::nullopt));
  input.height = static_cast<int>(reader.integer("height", 1, 4096, std::nullopt));
  input.channels = reader.choice("channels", {"gray", "gray three times"}, 0) == 0 ? 1 : 3;
  const std::vector<double> range = reader.has("range")
                                        ? reader.numbers("range", {-kAnyNumber, kAnyNumber})
                                        : std::vector<double>{0, 1};
  if (range.size() != 2 || !(range.front() < range.back()))
    reader.error("range", "must hold what black and what white become, black below white");
  input.low = range.empty() ? 0 : range.front();
  input.high = range.empty() ? 1 : range.back();
  input.mean = per_channel(reader, "mean", input.channels, 0, {-kAnyNumber, kAnyNumber});
  input.std = per_channel(reader, "std", input.channels, 1, {0, kAnyNumber, Bounds::Low::open});
  return input;
}

std::vector<float> ModelInput::of(const GrayImage& image) const {
  const cv::Mat from(image.height, image.width, CV_8UC1,
                     const_cast<std::uint8_t*>(image.pixels.data()));  // only read from
  cv::Mat values;
  from.convertTo(values, CV_32F, (high - low) / 255, low);
  resample(values, {width, height});
  std::vector<float> input;
  input.reserve(values.total() * static_cast<std::size_t>(channels));
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c)
    std::transform(values.begin<float>(), values.end<float>(), std::back_inserter(input),
                   [&](float v) { return static_cast<float>((v - mean[c]) / std[c]); });
  return input;
}

}  // namespace crossfold
