#pragma once

#include <cstdlib>
#include <random>
#include <string>

namespace crossfold::test {

/// How often to damage something: CROSSFOLD_DAMAGE times as often in the long form.
inline int damage_rounds(int usual) {
  const char* factor = std::getenv("CROSSFOLD_DAMAGE");
  return usual * (factor == nullptr ? 1 : std::atoi(factor));
}

/// One small wound: a byte changed, lost, added or doubled, a bit flipped, the rest cut off.
inline std::string wound(std::string bytes, std::mt19937& random) {
  const std::size_t at = random() % bytes.size();
  switch (random() % 6) {
    case 0:
      bytes[at] = static_cast<char>(random());
      break;
    case 1:
      bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1U << (random() % 8)));
      break;
    case 2:
      bytes.erase(at, 1);
      break;
    case 3:
      bytes.insert(at, 1, static_cast<char>(random() % 128));
      break;
    case 4:
      bytes.insert(at, 1, bytes[at]);
      break;
    default:
      bytes.resize(at);
  }
  return bytes;
}

}  // namespace crossfold::test
