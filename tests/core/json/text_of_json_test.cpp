#include "crossfold/core/text_of_json.h"

#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace crossfold {
namespace {

using nlohmann::json;

TEST(JsonText, IsOneLineOrIndented) {
  const json value{{"a", {1, 2}}};
  EXPECT_EQ(json_text(value), R"({"a":[1,2]})");
  EXPECT_EQ(json_text(value, 1), "{\n \"a\": [\n  1,\n  2\n ]\n}");
}

TEST(JsonText, IsValidWhateverBytesATextHolds) {
  for (const std::string& text :
       {std::string("caf\xe9"), std::string("\xff\xfe"), std::string("a\xc3"),
        std::string("\xed\xa0\x80"), std::string("\0\x1f\x80", 3)}) {
    const std::string made = json_text(json{{text, text}});
    EXPECT_TRUE(json::accept(made)) << made;
  }
  EXPECT_EQ(json_text(json("caf\xe9")), "\"caf\xef\xbf\xbd\"");
  EXPECT_EQ(json_text(json("caf\xc3\xa9")), "\"caf\xc3\xa9\"") << "what is UTF-8 stays";
}

}  // namespace
}  // namespace crossfold
