#include "dicom_grayscale.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <fmt/format.h>

#include "dicom_table.h"
#include "dicom_values.h"
#include "image_structure.h"
#include "voi_window.h"

namespace crossfold {
namespace {

/// Stored values that are no part of the picture.
struct Padding {
  int low = 0;
  int high = 0;
  [[nodiscard]] bool contains(int value) const { return low <= value && value <= high; }
};

std::optional<Padding> read_padding(DcmItem& data, const DicomPixels& pixels) {
  const auto value_of = [&](Uint16 word) -> int {
    return pixels.is_signed ? static_cast<std::int16_t>(word) : word;
  };
  const std::optional<Uint16> value = dicom_word(data, DCM_PixelPaddingValue);
  if (!value) return std::nullopt;
  const Uint16 limit = dicom_word(data, DCM_PixelPaddingRangeLimit).value_or(*value);
  const int one = value_of(*value);
  const int other = value_of(limit);
  return Padding{std::min(one, other), std::max(one, other)};
}

/// From stored values to those that the windows are given in.
struct Modality {
  std::optional<DicomTable> table;
  double slope = 1;
  double intercept = 0;

  [[nodiscard]] double of(int stored) const {
    return table ? table->at(stored) : stored * slope + intercept;
  }
  [[nodiscard]] bool changes_nothing() const { return !table && slope == 1 && intercept == 0; }
};

TableInput input_of(const DicomPixels& pixels) {
  return pixels.is_signed ? TableInput::signed_values : TableInput::unsigned_values;
}

Modality read_modality(DcmItem& data, const DicomPixels& pixels, const std::string& name) {
  Modality modality;
  modality.table = read_dicom_table(data, DCM_ModalityLUTSequence, input_of(pixels), name);
  const auto slope = dicom_decimal(data, DCM_RescaleSlope, "RescaleSlope", name);
  const auto intercept = dicom_decimal(data, DCM_RescaleIntercept, "RescaleIntercept", name);
  if (modality.table || !slope || !intercept) return modality;
  if (*slope == 0)
    throw_not_supported("a RescaleSlope of 0 is", "it makes all pixels one", "mend it", name);
  modality.slope = *slope;
  modality.intercept = *intercept;
  return modality;
}

VoiWindow::Shape read_shape(DcmItem& data, const std::string& name) {
  const std::string shape = dicom_text(data, DCM_VOILUTFunction);
  if (shape.empty() || shape == "LINEAR") return VoiWindow::Shape::linear;
  if (shape == "LINEAR_EXACT") return VoiWindow::Shape::linear_exact;
  if (shape == "SIGMOID") return VoiWindow::Shape::sigmoid;
  throw_not_supported(fmt::format("the VOILUTFunction '{}' is", shape),
                      "LINEAR, LINEAR_EXACT and SIGMOID are read", "mend it", name);
}

/// The first window that the file gives.
std::optional<VoiWindow> read_window(DcmItem& data, const std::string& name) {
  const auto center = dicom_decimal(data, DCM_WindowCenter, "WindowCenter", name);
  const auto width = dicom_decimal(data, DCM_WindowWidth, "WindowWidth", name);
  if (!center || !width) return std::nullopt;
  const VoiWindow window{.center = *center, .width = *width, .shape = read_shape(data, name)};
  const bool linear = window.shape == VoiWindow::Shape::linear;
  if (linear ? window.width < 1 : window.width <= 0)
    throw_not_supported(
        fmt::format("a window of width {} at {} is", window.width, window.center),
        linear ? "the standard asks for 1 or more; smaller ones need the VOILUTFunction "
                 "LINEAR_EXACT"
               : "the standard asks for more than 0",
        "mend WindowWidth, or remove both numbers so that the image's own range counts, e.g. "
        "dcmodify -ea \"(0028,1050)\" -ea \"(0028,1051)\" FILE",
        name);
  return window;
}

std::uint8_t rounded_gray(double share) {
  return static_cast<std::uint8_t>(std::floor(255 * std::clamp(share, 0.0, 1.0) + 0.5));
}

using ToGray = std::function<std::uint8_t(double)>;

/// Grays of a file that says nothing of the values of interest. `values` are those in the picture.
ToGray own_range(const std::vector<double>& values, const DicomPixels& pixels,
                 const Modality& modality) {
  if (pixels.bits_stored == 8 && !pixels.is_signed && modality.changes_nothing())
    return [](double value) { return static_cast<std::uint8_t>(value); };
  if (values.empty()) return [](double) { return std::uint8_t{0}; };
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  const double range = *high > *low ? *high - *low : 1;
  return [low = *low, range](double value) { return rounded_gray((value - low) / range); };
}

ToGray read_values_of_interest(DcmItem& data, const DicomPixels& pixels, const Modality& modality,
                               const std::vector<double>& values, const std::string& name) {
  if (auto table = read_dicom_table(data, DCM_VOILUTSequence, input_of(pixels), name)) {
    const double most = (1 << table->bits) - 1;
    return [table = *std::move(table), most](double v) { return rounded_gray(table.at(v) / most); };
  }
  if (const auto window = read_window(data, name))
    return [window = *window](double value) { return window.gray(value); };
  return own_range(values, pixels, modality);
}

}  // namespace

std::vector<std::uint8_t> grays_of_codes(DcmDataset& data, const DicomPixels& pixels,
                                         const std::string& name) {
  if (first_item(data, DCM_PresentationLUTSequence) != nullptr)
    throw_not_supported("a presentation lookup table inside of an image is", "it is not applied",
                        "make a PNG of it with a viewer that applies it", name);
  const std::optional<Padding> padding = read_padding(data, pixels);
  const Modality modality = read_modality(data, pixels, name);
  std::vector<bool> is_shown(pixels.code_count(), false);
  for (const std::uint16_t code : pixels.codes) is_shown[code] = true;
  std::vector<double> values;
  for (std::size_t code = 0; code < is_shown.size(); ++code) {
    const int stored = pixels.value_of(code);
    is_shown[code] = is_shown[code] && !(padding && padding->contains(stored));
    if (is_shown[code]) values.push_back(modality.of(stored));
  }
  const ToGray gray_of = read_values_of_interest(data, pixels, modality, values, name);
  std::vector<std::uint8_t> grays(pixels.code_count(), 0);
  const bool inverted = pixels.polarity == DicomPixels::Polarity::white_is_low;
  for (std::size_t code = 0; code < grays.size(); ++code) {
    if (!is_shown[code]) continue;
    const std::uint8_t gray = gray_of(modality.of(pixels.value_of(code)));
    grays[code] = static_cast<std::uint8_t>(inverted ? 255 - gray : gray);
  }
  return grays;
}

}  // namespace crossfold
