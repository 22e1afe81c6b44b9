#include "crossfold/core/cbor_json.h"

#include <fmt/format.h>

#include "crossfold/core/error.h"

#include "deepest_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// Goes through a document without building it, and stops where it is nested too deep.
class DepthCheck final : public nlohmann::json_sax<json> {
 public:
  [[nodiscard]] bool too_deep() const { return too_deep_; }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }
  bool key(string_t& /*value*/) override { return true; }
  bool start_object(std::size_t /*size*/) override { return enter(); }
  bool start_array(std::size_t /*size*/) override { return enter(); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const json::exception& /*failure*/) override {
    return false;
  }

 private:
  bool enter() {
    too_deep_ = ++depth_ > kDeepestJson;
    return !too_deep_;
  }
  bool leave() {
    --depth_;
    return true;
  }

  std::size_t depth_ = 0;
  bool too_deep_ = false;
};

}  // namespace

json parse_cbor(std::string_view bytes, const std::string& name) {
  DepthCheck depth;
  static_cast<void>(
      json::sax_parse(bytes.begin(), bytes.end(), &depth, json::input_format_t::cbor));
  CF_VALIDATE(!depth.too_deep(), ErrorCode::bad_input,
              fmt::format("is nested deeper than {} levels (no document of crossfold is), so it is "
                          "damaged or no CBOR document",
                          kDeepestJson),
              name);
  try {
    return json::from_cbor(bytes.begin(), bytes.end());
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input, fmt::format("is not valid CBOR ({})", failure.what()), name);
  }
}

}  // namespace crossfold
