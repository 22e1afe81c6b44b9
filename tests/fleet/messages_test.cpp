#include "crossfold/fleet/messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::fleet {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

ResultMessage sample_result() {
  return {.item = ItemId{0x0102030405060708},
          .outcome = {.results = std::string("a\0b", 3),
                      .failures = {{"x", 1.5, "nan"}, {"", 0, ""}},
                      .left = {{"y", 2.5}}}};
}

TEST(Messages, CarryEveryField) {
  const auto hello = decode<HelloMessage>(encode(HelloMessage{{"b", "p", "h", "cpu core 0"}}));
  EXPECT_EQ(hello.hello.build, "b");
  EXPECT_EQ(hello.hello.plan, "p");
  EXPECT_EQ(hello.hello.host, "h");
  EXPECT_EQ(hello.hello.device, "cpu core 0");

  const auto work = decode<WorkMessage>(encode(WorkMessage{{ItemId{7}, -0.0, "bytes"}}));
  EXPECT_EQ(work.item.id, ItemId{7});
  EXPECT_TRUE(std::signbit(work.item.cost));
  EXPECT_EQ(work.item.bytes, "bytes");

  const auto result = decode<ResultMessage>(encode(sample_result()));
  EXPECT_EQ(result.item, ItemId{0x0102030405060708});
  EXPECT_EQ(result.outcome.results, std::string("a\0b", 3));
  ASSERT_EQ(result.outcome.failures.size(), 2U);
  EXPECT_EQ(result.outcome.failures[0].bytes, "x");
  EXPECT_EQ(result.outcome.failures[0].cost, 1.5);
  EXPECT_EQ(result.outcome.failures[0].error, "nan");
  ASSERT_EQ(result.outcome.left.size(), 1U);
  EXPECT_EQ(result.outcome.left[0].bytes, "y");
  EXPECT_EQ(result.outcome.left[0].cost, 2.5);

  const auto goodbye = decode<GoodbyeMessage>(encode(GoodbyeMessage{"no gpu", ErrorCode::io}));
  EXPECT_EQ(goodbye.error, "no gpu");
  EXPECT_EQ(goodbye.code, ErrorCode::io);
  EXPECT_EQ(decode<RefusalMessage>(encode(RefusalMessage{"why"})).reason, "why");
  EXPECT_EQ(decode<StartedMessage>(encode(StartedMessage{ItemId{9}})).item, ItemId{9});
  EXPECT_EQ(kind_of(encode(DismissalMessage{})), MessageKind::dismissal);
  EXPECT_EQ(kind_of(encode(CancelMessage{})), MessageKind::cancel);
}

TEST(Messages, HelloKeepsItsLayout) {
  EXPECT_EQ(encode(HelloMessage{{"b", "", "", ""}}), std::string("\x01"
                                                                 "\x01\0\0\0\0\0\0\0b"
                                                                 "\0\0\0\0\0\0\0\0"
                                                                 "\0\0\0\0\0\0\0\0"
                                                                 "\0\0\0\0\0\0\0\0",
                                                                 34));
  EXPECT_EQ(encode(RefusalMessage{"b"}), std::string("\x02\x01\0\0\0\0\0\0\0b", 10));
}

TEST(Messages, CutAnywhereAreRefused) {
  const std::string bytes = encode(sample_result());
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    try {
      (void)decode<ResultMessage>(bytes.substr(0, size));
      FAIL() << size;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::internal);
      EXPECT_STREQ(error.what(),
                   "a message between workers is too short (other builds may be mixed in). start "
                   "the same build on all nodes");
    }
  }
}

TEST(Messages, TooLongOrOfAnotherKindAreRefused) {
  try {
    (void)decode<ResultMessage>(encode(sample_result()) + "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(),
                 "a message between workers is too long (other builds may be mixed in). start the "
                 "same build on all nodes");
  }
  EXPECT_THROW((void)decode<WorkMessage>(encode(DismissalMessage{})), Error);
  EXPECT_THROW((void)kind_of(""), Error);
}

TEST(Messages, AHugeLengthAllocatesNothing) {
  std::string bytes = encode(WorkMessage{{ItemId{1}, 1, "abc"}});
  bytes.replace(17, 8, 8, '\xff');
  EXPECT_THROW((void)decode<WorkMessage>(bytes), Error);
  std::string list = encode(ResultMessage{ItemId{1}, {}});
  list.replace(list.size() - 8, 8, 8, '\xff');
  EXPECT_THROW((void)decode<ResultMessage>(list), Error);
}

}  // namespace
}  // namespace crossfold::fleet
