#include "crossfold/core/ids.h"

#include "hex.h"

namespace crossfold {
namespace {

/// -1 for what is no lower-case hex digit.
int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  return -1;
}

}  // namespace

std::string FitId::hex() const { return hex_of(bytes); }

std::optional<FitId> FitId::from_hex(std::string_view text) {
  if (text.size() != kDigits) return std::nullopt;
  FitId id;
  for (std::size_t i = 0; i < id.bytes.size(); ++i) {
    const int high = value_of(text[2 * i]);
    const int low = value_of(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    id.bytes[i] = static_cast<std::uint8_t>(16 * high + low);
  }
  return id;
}

}  // namespace crossfold
