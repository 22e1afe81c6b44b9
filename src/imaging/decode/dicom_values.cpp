#include "dicom_values.h"

#include <cmath>

#include <fmt/format.h>

#include "image_structure.h"

namespace crossfold {

std::string dicom_text(DcmItem& data, const DcmTagKey& tag) {
  OFString text;
  if (data.findAndGetOFString(tag, text).bad()) return {};
  const std::string value(text.c_str());
  const std::size_t first = value.find_first_not_of(' ');
  return first == std::string::npos ? ""
                                    : value.substr(first, value.find_last_not_of(' ') + 1 - first);
}

std::optional<Uint16> dicom_word(DcmItem& data, const DcmTagKey& tag) {
  Uint16 word = 0;
  if (data.findAndGetUint16(tag, word).good()) return word;
  Sint16 with_sign = 0;
  if (data.findAndGetSint16(tag, with_sign).good()) return static_cast<Uint16>(with_sign);
  return std::nullopt;
}

Uint16 needed_dicom_word(DcmItem& data, const DcmTagKey& tag, const char* word,
                         const std::string& name) {
  const std::optional<Uint16> value = dicom_word(data, tag);
  if (!value) throw_damaged("DICOM", fmt::format("its header has no {}", word), name);
  return *value;
}

std::optional<double> dicom_decimal(DcmItem& data, const DcmTagKey& tag, const char* word,
                                    const std::string& name) {
  const std::string text = dicom_text(data, tag);
  if (text.empty()) return std::nullopt;
  Float64 value = 0;
  if (data.findAndGetFloat64(tag, value).bad() || !std::isfinite(value))
    throw_damaged("DICOM", fmt::format("its {} '{}' is no number", word, text), name);
  return value;
}

DcmItem* first_item(DcmItem& data, const DcmTagKey& tag) {
  DcmItem* item = nullptr;
  return data.findAndGetSequenceItem(tag, item, 0).good() ? item : nullptr;
}

}  // namespace crossfold
