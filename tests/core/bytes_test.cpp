#include "crossfold/core/bytes.h"

#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/core/error.h"

namespace crossfold {

/// Of a module that knows nothing of bytes.
struct Foreign {
  int number = 0;
  std::vector<std::optional<double>> list;
};
void byte_fields(auto& codec, same_but_const<Foreign> auto& f) { codec(f.number, f.list); }

namespace {

enum class Kind : std::uint8_t { one = 1, many = 200 };

struct Own {
  Kind kind = Kind::one;
  bool flag = false;
  std::string text;
  FoldIndex fold;
  FitId id;
  Foreign foreign;
  static void fields(auto& codec, auto& o) {
    codec(o.kind, o.flag, o.text, o.fold, o.id, o.foreign);
  }
};

Own sample() {
  return {.kind = Kind::many,
          .flag = true,
          .text = std::string("a\0b", 3),
          .fold = FoldIndex(7),
          .id = *FitId::from_hex("0123456789abcdef0123456789abcdef"),
          .foreign = {.number = -3, .list = {-0.0, std::nullopt, HUGE_VAL}}};
}

std::string written(const Own& value) {
  ByteWriter codec;
  codec(value);
  return codec.take();
}

TEST(Bytes, ComeBackAsTheyWere) {
  const std::string bytes = written(sample());
  ByteReader reader(bytes);
  Own back;
  reader(back);
  reader.finish();
  EXPECT_EQ(back.kind, Kind::many);
  EXPECT_TRUE(back.flag);
  EXPECT_EQ(back.text, std::string("a\0b", 3));
  EXPECT_EQ(back.fold, FoldIndex(7));
  EXPECT_EQ(back.id, sample().id);
  EXPECT_EQ(back.foreign.number, -3);
  ASSERT_EQ(back.foreign.list.size(), 3U);
  EXPECT_TRUE(std::signbit(back.foreign.list[0].value()));
  EXPECT_FALSE(back.foreign.list[1].has_value());
  EXPECT_EQ(back.foreign.list[2], HUGE_VAL);
}

TEST(Bytes, KeepNaNAsItIs) {
  ByteWriter writer;
  writer(std::nan("1"));
  const std::string bytes = writer.take();
  double value = 0;
  ByteReader reader(bytes);
  reader(value);
  EXPECT_TRUE(std::isnan(value));
}

TEST(Bytes, CutAnywhereAreRefused) {
  const std::string bytes = written(sample());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    Own value;
    ByteReader reader(std::string_view(bytes).substr(0, size));
    EXPECT_THROW(reader(value), Error) << size;
  }
  ByteReader more(bytes);
  std::uint64_t number = 0;
  more(number);
  EXPECT_THROW(more.finish(), Error);
}

/// What a member holds by default does not stay in front of it.
TEST(Bytes, AListTakesThePlaceOfWhatWasThere) {
  ByteWriter writer;
  writer(std::vector<double>{3});
  writer(std::vector<bool>{true, false});
  const std::string bytes = writer.take();
  std::vector<double> list{1, 2};
  std::vector<bool> flags{true};
  ByteReader reader(bytes);
  reader(list);
  reader(flags);
  EXPECT_EQ(list, std::vector<double>{3});
  EXPECT_EQ(flags, (std::vector<bool>{true, false}));
}

TEST(Bytes, OfAVariantAreThoseOfItsAlternative) {
  using Shape = std::variant<Own, Foreign>;
  const Shape foreign = Foreign{.number = 5, .list = {2.0}};
  const Shape back = from_bytes<Shape>(to_bytes(foreign));  // an Own before it is read
  ASSERT_EQ(back.index(), 1U);
  EXPECT_EQ(std::get<Foreign>(back).number, 5);
  EXPECT_EQ(std::get<Foreign>(back).list, (std::vector<std::optional<double>>{2.0}));
}

TEST(Bytes, OfAnAlternativeThatThereIsNotAreRefused) {
  ByteWriter writer;
  writer(std::uint64_t{2}, std::uint64_t{7});
  try {
    static_cast<void>(from_bytes<std::variant<Own, Foreign>>(writer.take()));
    FAIL() << "read";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::internal);
    EXPECT_STREQ(error.what(),
                 "a message between workers holds a kind 2 that is not known (other builds may be "
                 "mixed in). start the same build on all nodes");
  }
}

/// A length of 2^60 elements allocates nothing.
TEST(Bytes, ALengthBeyondTheirEndIsRefused) {
  ByteWriter writer;
  writer(std::uint64_t{1} << 60);
  const std::string bytes = writer.take();
  std::vector<double> list;
  ByteReader reader(bytes);
  EXPECT_THROW(reader(list), Error);
  EXPECT_LT(list.capacity(), 100U);
}

}  // namespace
}  // namespace crossfold
