#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

class DcmItem;
class DcmTagKey;

namespace crossfold {

/// A lookup table (DICOM PS3.3, C.11.1.1 and C.11.2.1.1).
struct DicomTable {
  int first = 0;  ///< the value that the first entry is for
  int bits = 16;  ///< of an entry
  std::vector<std::uint16_t> entries;

  /// The entry of a value, the first or the last where it lies outside.
  [[nodiscard]] int at(double value) const;
};

enum class TableInput { unsigned_values, signed_values };

/// The table in the first item of `sequence`; nothing where that is absent or empty.
/// Error{bad_input} with where = `name`: not as long as it says, or entries of unknown width.
[[nodiscard]] std::optional<DicomTable> read_dicom_table(DcmItem& data, const DcmTagKey& sequence,
                                                         TableInput input, const std::string& name);

}  // namespace crossfold
