#include "locale_signs.h"

#include <clocale>
#include <langinfo.h>
#include <string_view>

namespace crossfold::cli {

PlusMinus plus_minus_of_locale() {
  const locale_t locale = ::newlocale(LC_CTYPE_MASK, "", nullptr);
  if (locale == nullptr) return PlusMinus::ascii;  // one that is not installed
  const bool is_utf8 = std::string_view(::nl_langinfo_l(CODESET, locale)) == "UTF-8";
  ::freelocale(locale);
  return is_utf8 ? PlusMinus::unicode : PlusMinus::ascii;
}

}  // namespace crossfold::cli
