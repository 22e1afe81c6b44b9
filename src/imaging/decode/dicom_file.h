#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

class DcmFileFormat;

namespace crossfold {

/// How many bytes tell a DICOM file.
inline constexpr std::size_t kDicomBeginning = 132;

/// The preamble of 128 bytes, then DICM (DICOM PS3.10, 7.1).
[[nodiscard]] bool is_dicom(std::string_view bytes);
/// The first tag of a data set that stands there without preamble and file meta information, as old
/// programs wrote it: "(0008,0016)". Nothing for other files.
[[nodiscard]] std::optional<std::string> first_tag_of_bare_dicom(std::string_view bytes);

/// Puts the decoders of compressed DICOM (JPEG, JPEG lossless, JPEG-LS, RLE) in place and stops the
/// library's own log lines. Once for the process, whoever calls first.
void prepare_dicom_library();

struct DeleteDicom {
  void operator()(DcmFileFormat* file) const;
};
using DicomFile = std::unique_ptr<DcmFileFormat, DeleteDicom>;

/// Parses a whole file; Error{bad_input} with where = `name` when it is damaged or cut off.
[[nodiscard]] DicomFile parse_dicom(std::string_view bytes, const std::string& name);

}  // namespace crossfold
