#include "crossfold/core/cbor_json.h"

#include <gtest/gtest.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

using nlohmann::json;

std::string cbor_of(const json& value) {
  std::string bytes;
  json::to_cbor(value, bytes);
  return bytes;
}

TEST(ParseCbor, ReadsWhatIsWritten) {
  const json value{{"list", {1, -2, 0.5, nullptr, true}}, {"raw", json::binary({0, 255})}};
  EXPECT_EQ(parse_cbor(cbor_of(value), "c"), value);
}

TEST(ParseCbor, RefusesWhatIsCutOrGoesOn) {
  const std::string bytes = cbor_of({{"a", "text"}});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut)
    EXPECT_THROW((void)parse_cbor(bytes.substr(0, cut), "c"), Error) << cut;
  EXPECT_THROW((void)parse_cbor(bytes + "x", "c"), Error);
  expect_error(ErrorCode::bad_input,
               "file.cbor: is not valid CBOR ([json.exception.parse_error.110] parse error at byte "
               "2: syntax error while parsing CBOR string: unexpected end of input)",
               [] { (void)parse_cbor("\x61", "file.cbor"); });
}

TEST(ParseCbor, RefusesDeepNestingInsteadOfRunningOutOfStack) {
  const std::string deep(10'000'000, '\x81');
  expect_error(ErrorCode::bad_input,
               "file.cbor: is nested deeper than 100 levels (no document of crossfold is), so it "
               "is damaged or no CBOR document",
               [&] { (void)parse_cbor(deep, "file.cbor"); });
  EXPECT_NO_THROW((void)parse_cbor(std::string(99, '\x81') + '\x80', "c"));
}

}  // namespace
}  // namespace crossfold
