#include "crossfold/core/hash.h"

#include <array>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

// FIPS 180-4's examples, as NIST publishes them.
TEST(Sha256, GivesTheStandardsKnownAnswers) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq").hex(),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Hasher, GivesTheSameForBytesInPieces) {
  const std::string text = "abc";
  const auto bytes = std::as_bytes(std::span<const char>(text));
  EXPECT_EQ(Hasher().bytes(bytes.first(1)).bytes({}).bytes(bytes.subspan(1)).finish(),
            sha256(text));
}

TEST(Hasher, WritesNumbersAsEightLittleEndianBytes) {
  EXPECT_EQ(Hasher().number(0x0102030405060708U).finish(),
            sha256("\x08\x07\x06\x05\x04\x03\x02\x01"));
}

TEST(Hasher, PutsTheLengthBeforeTextsAndValues) {
  EXPECT_EQ(Hasher().text("ab").finish(), sha256(std::string("\x02\0\0\0\0\0\0\0ab", 10)));
  const std::array<std::uint16_t, 2> values = {0x0102, 0x0304};
  EXPECT_EQ(Hasher().values(std::span<const std::uint16_t>(values)).finish(),
            sha256(std::string("\x02\0\0\0\0\0\0\0\x02\x01\x04\x03", 12)));
}

TEST(Hasher, KeepsNeighboursApart) {
  EXPECT_NE(Hasher().text("ab").text("c").finish(), Hasher().text("a").text("bc").finish());
  EXPECT_NE(Hasher().text("").text("a").finish(), Hasher().text("a").text("").finish());
}

TEST(Hasher, StartsAnewAfterFinish) {
  Hasher hasher;
  (void)hasher.text("before").finish();
  EXPECT_EQ(hasher.finish(), sha256(""));
}

TEST(Hasher, CanBeMovedInTheMiddle) {
  Hasher first;
  first.bytes(std::as_bytes(std::span<const char>("ab", 2)));
  Hasher second = std::move(first);
  second.bytes(std::as_bytes(std::span<const char>("c", 1)));
  EXPECT_EQ(second.finish(), sha256("abc"));
}

TEST(Digest, IsOrderedAndComparable) {
  const std::set<Digest> digests = {sha256("a"), sha256("b"), sha256("a")};
  EXPECT_EQ(digests.size(), 2U);
  EXPECT_EQ(Digest{}.hex(), std::string(64, '0'));
}

}  // namespace
}  // namespace crossfold
