#pragma once

#include <optional>
#include <span>
#include <string>

#include <dcmtk/config/osconfig.h>
//
#include <dcmtk/dcmdata/dctk.h>

namespace crossfold {

/// The words of a DICOM header, read one by one.
///
/// The first value of a text, without blanks around it; empty where it is absent or empty.
[[nodiscard]] std::string dicom_text(DcmItem& data, const DcmTagKey& tag);

/// The first value of a number of 16 bits, signed or not in the file; nothing where it is absent.
[[nodiscard]] std::optional<Uint16> dicom_word(DcmItem& data, const DcmTagKey& tag);

/// The same; Error{bad_input} with where = `name` where it is absent, for which `word` names it.
[[nodiscard]] Uint16 needed_dicom_word(DcmItem& data, const DcmTagKey& tag, const char* word,
                                       const std::string& name);

/// The first of decimal strings; nothing where they are absent or empty. Error{bad_input} for what
/// is no number or not finite.
[[nodiscard]] std::optional<double> dicom_decimal(DcmItem& data, const DcmTagKey& tag,
                                                  const char* word, const std::string& name);

/// The first item of a sequence; nullptr where there is none.
[[nodiscard]] DcmItem* first_item(DcmItem& data, const DcmTagKey& tag);

}  // namespace crossfold
