#pragma once

#include <cstdint>
#include <string>
#include <vector>

class DcmDataset;

namespace crossfold {

/// The stored values of a gray image of one frame (DICOM PS3.3, C.7.6.3).
struct DicomPixels {
  int width = 0;
  int height = 0;
  int bits_stored = 0;  ///< 1 to 16
  bool is_signed = false;
  enum class Polarity { black_is_low, white_is_low } polarity = Polarity::black_is_low;
  /// Row by row: the `bits_stored` bits of each sample. What else the sample holds (overlays in
  /// unused bits) is cut off.
  std::vector<std::uint16_t> codes;

  /// How many codes there are: 2 to the power of bits_stored.
  [[nodiscard]] std::size_t code_count() const { return std::size_t{1} << bits_stored; }
  /// The stored value that a code stands for, its sign considered.
  [[nodiscard]] int value_of(std::size_t code) const {
    const auto value = static_cast<int>(code);
    return is_signed && code >= code_count() / 2 ? value - static_cast<int>(code_count()) : value;
  }
};

/// Decompresses and checks. Error{bad_input} with where = `name`: no pixels, not one gray frame, a
/// compression that cannot be decoded here, or damage.
[[nodiscard]] DicomPixels read_dicom_pixels(DcmDataset& data, const std::string& name);

}  // namespace crossfold
