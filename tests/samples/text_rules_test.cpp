#include "crossfold/samples/text_rules.h"

#include <cstddef>
#include <cstdint>
#include <ios>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

/// The number in so many bytes as UTF-8 has them, whether it may stand in so many or not.
std::string in_bytes(std::uint32_t number, std::size_t length) {
  if (length == 1) return std::string(1, static_cast<char>(number));
  const std::uint32_t marks[] = {0xC0, 0xE0, 0xF0, 0xF8};
  std::string bytes;
  for (std::size_t at = length; at-- > 0;) {
    const std::uint32_t digits = number >> (6 * at);
    const bool leads = at + 1 == length;
    bytes += static_cast<char>(leads ? marks[length - 2] | digits : 0x80U | (digits & 0x3FU));
  }
  return bytes;
}

struct Range {
  std::uint32_t first, last;
  std::size_t length;
};

/// Unicode 15, table 3-6: the numbers that have so many bytes, without surrogates.
constexpr Range kRanges[] = {{0x1, 0x7F, 1},
                             {0x80, 0x7FF, 2},
                             {0x800, 0xD7FF, 3},
                             {0xE000, 0xFFFF, 3},
                             {0x10000, 0x10FFFF, 4}};

TEST(Utf8, HasEveryNumberInItsBytes) {
  for (const Range& range : kRanges)
    for (std::uint32_t number = range.first; number <= range.last; ++number) {
      const bool is_sound = is_utf8(in_bytes(number, range.length));
      if (!is_sound) {
        ADD_FAILURE() << std::hex << number;
        break;
      }
    }
}

TEST(Utf8, HasNoNumberInMoreBytesNoSurrogateAndNothingBeyond) {
  for (const Range& range : kRanges)
    for (const std::uint32_t number : {range.first, range.last})
      for (std::size_t length = range.length + 1; length <= 4; ++length)
        EXPECT_FALSE(is_utf8(in_bytes(number, length))) << std::hex << number << " " << length;
  for (const std::uint32_t number : {0xD800U, 0xD801U, 0xDABCU, 0xDFFFU})
    EXPECT_FALSE(is_utf8(in_bytes(number, 3))) << std::hex << number;
  for (const std::uint32_t number : {0x110000U, 0x13FFFFU, 0x140000U, 0x1FFFFFU})
    EXPECT_FALSE(is_utf8(in_bytes(number, 4))) << std::hex << number;
  EXPECT_FALSE(is_utf8(in_bytes(0x200000U, 5)));
}

/// Whatever stands around it.
TEST(Utf8, HasEveryByteOfASequenceAndNoOther) {
  EXPECT_TRUE(is_utf8(""));
  for (const Range& range : kRanges)
    for (const std::uint32_t number : {range.first, range.last}) {
      const std::string sound = in_bytes(number, range.length);
      EXPECT_TRUE(is_utf8("a" + sound + sound + "b"));
      for (std::size_t at = 1; at < sound.size(); ++at) {
        SCOPED_TRACE(::testing::Message() << std::hex << number << " " << at);
        EXPECT_FALSE(is_utf8(sound.substr(0, at)));
        EXPECT_FALSE(is_utf8(sound.substr(0, at) + "b"));
        EXPECT_FALSE(is_utf8("a" + sound.substr(at)));
        for (const char other : {'\x7F', '\xC0'}) {
          std::string damaged = sound;
          damaged[at] = other;
          EXPECT_FALSE(is_utf8(damaged));
        }
      }
    }
}

TEST(TextProblem, IsToldOfWhatNoStoreHolds) {
  EXPECT_EQ(text_problem(""), std::nullopt);
  EXPECT_EQ(text_problem("caf\u00e9"), std::nullopt);
  EXPECT_EQ(text_problem(std::string(4096, 'a')), std::nullopt);
  EXPECT_EQ(text_problem(std::string(4097, 'a')), "has 4097 bytes (at most 4096 are allowed)");
  EXPECT_EQ(text_problem(std::string("a\0b", 3)), "holds a zero byte");
  EXPECT_EQ(text_problem("caf\xE9"), "is not UTF-8");
}

TEST(NameProblem, IsToldOfWhatIsNoPlaceInAFile) {
  for (const char* sound : {"a", "...", ".a", "a.", "a b", "\\"})
    EXPECT_EQ(name_problem(sound), std::nullopt) << sound;
  EXPECT_EQ(name_problem(""), "is empty");
  for (const char* name : {"/", "a/b", "a/", "/a"})
    EXPECT_EQ(name_problem(name), "holds a '/'") << name;
  for (const char* name : {".", ".."}) EXPECT_EQ(name_problem(name), "is no name") << name;
  EXPECT_EQ(name_problem("\xFF"), "is not UTF-8");
}

TEST(WithoutBlanks, LosesSpacesAndTabsAtTheEndsAlone) {
  EXPECT_EQ(without_blanks(" \ta b\t c\t "), "a b\t c");
  EXPECT_EQ(without_blanks("a"), "a");
  EXPECT_EQ(without_blanks("\na\n"), "\na\n");
  EXPECT_EQ(without_blanks(" \t "), "");
  EXPECT_EQ(without_blanks(""), "");
}

TEST(WithoutPlus, LosesOnePlusBeforeANumber) {
  EXPECT_EQ(without_plus("+7"), "7");
  EXPECT_EQ(without_plus("+.5"), ".5");
  for (const char* kept : {"", "+", "7", "-7", "+-7", "++7", "7+"})
    EXPECT_EQ(without_plus(kept), kept);
}

}  // namespace
}  // namespace crossfold
