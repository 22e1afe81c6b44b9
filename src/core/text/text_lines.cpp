#include "crossfold/core/text_lines.h"

#include <algorithm>

namespace crossfold {
namespace {

constexpr std::size_t kLineWidth = 100;

}  // namespace

std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string wrapped(const std::string& head, const std::string& sentence, std::size_t indent) {
  std::string out = head;
  std::size_t used = width_of(head);
  bool line_is_empty = true;
  for (std::size_t at = 0; at < sentence.size();) {
    const std::size_t space = std::min(sentence.find(' ', at), sentence.size());
    const std::string word = sentence.substr(at, space - at);
    at = space + 1;
    if (!line_is_empty && used + 1 + width_of(word) > kLineWidth) {
      out += '\n' + std::string(indent, ' ');
      used = indent;
      line_is_empty = true;
    }
    out += (line_is_empty ? "" : " ") + word;
    used += width_of(word) + (line_is_empty ? 0 : 1);
    line_is_empty = false;
  }
  return out + '\n';
}

std::string printable(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  return line;
}

}  // namespace crossfold
