#include "dicom_table.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "dicom_values.h"
#include "image_structure.h"

namespace crossfold {
namespace {

/// All words of an element of 16 bits, signed or not; empty where there are none.
std::vector<std::uint16_t> words_of(DcmElement& element) {
  const std::size_t count = element.getLength() / sizeof(Uint16);
  Uint16* words = nullptr;
  if (element.getUint16Array(words).good() && words != nullptr) return {words, words + count};
  Sint16* with_sign = nullptr;
  if (element.getSint16Array(with_sign).good() && with_sign != nullptr)
    return {with_sign, with_sign + count};
  return {};
}

/// Entries of up to 8 bits may stand two in a word.
std::vector<std::uint16_t> entries_of(DcmElement& element, std::size_t count, int bits) {
  const std::size_t bytes = element.getLength();
  std::vector<std::uint16_t> words = words_of(element);
  if (bits > 8 || bytes >= 2 * count || bytes < count) return words;
  std::vector<std::uint16_t> entries;
  for (const std::uint16_t word : words) {
    entries.push_back(word & 0xff);
    entries.push_back(word >> 8);
  }
  Uint8* plain = nullptr;
  if (words.empty() && element.getUint8Array(plain).good() && plain != nullptr)
    entries.assign(plain, plain + bytes);
  return entries;
}

}  // namespace

int DicomTable::at(double value) const {
  const double last = static_cast<double>(entries.size() - 1);
  const double index = std::clamp(std::floor(value + 0.5) - first, 0.0, last);
  return entries[static_cast<std::size_t>(index)];
}

std::optional<DicomTable> read_dicom_table(DcmItem& data, const DcmTagKey& sequence,
                                           TableInput input, const std::string& name) {
  DcmItem* const item = first_item(data, sequence);
  if (item == nullptr) return std::nullopt;
  DcmElement* descriptor = nullptr;
  DcmElement* content = nullptr;
  if (item->findAndGetElement(DCM_LUTDescriptor, descriptor).bad() ||
      item->findAndGetElement(DCM_LUTData, content).bad())
    throw_damaged("DICOM", "a lookup table without LUTDescriptor or LUTData", name);
  const std::vector<std::uint16_t> words = words_of(*descriptor);
  if (words.size() != 3)
    throw_damaged("DICOM", fmt::format("a LUTDescriptor of {} numbers, not 3", words.size()), name);
  const std::size_t count = words[0] == 0 ? std::size_t{1} << 16 : words[0];
  DicomTable table;
  const bool with_sign = input == TableInput::signed_values || descriptor->ident() == EVR_SS;
  table.first = with_sign ? static_cast<std::int16_t>(words[1]) : words[1];
  table.bits = words[2];
  if (table.bits < 1 || table.bits > 16)
    throw_not_supported(fmt::format("a lookup table of {} bits is", table.bits),
                        "1 to 16 bits are read", "mend its LUTDescriptor", name);
  table.entries = entries_of(*content, count, table.bits);
  if (table.entries.size() < count)
    throw_damaged("DICOM",
                  fmt::format("a lookup table of {} entries where its LUTDescriptor says {}",
                              table.entries.size(), count),
                  name);
  table.entries.resize(count);
  return table;
}

}  // namespace crossfold
