#pragma once

#include <filesystem>
#include <string>

namespace crossfold {

/// What a DICOM file says of its patient and view, as written ("051Y"); empty = not given.
struct DicomHeader {
  std::string view;
  std::string sex;
  std::string age;
};

/// Reads no pixels. Error{bad_input} for what is no DICOM file or is damaged, Error{io}.
[[nodiscard]] DicomHeader read_dicom_header(const std::filesystem::path& path);

}  // namespace crossfold
