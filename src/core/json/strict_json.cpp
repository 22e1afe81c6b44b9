#include "crossfold/core/strict_json.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/files.h"

#include "deepest_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

/// Makes the document while the parser goes through it, and notes keys that an object has twice.
/// The library's own way to look on while it parses takes time with the square of an array's
/// length.
class DocumentMaker final : public nlohmann::json_sax<json> {
 public:
  DocumentMaker(const std::string& name, ValidationErrors& errors) : name_(name), errors_(errors) {}

  [[nodiscard]] json take() { return std::move(document_); }

  bool null() override { return place(nullptr); }
  bool boolean(bool value) override { return place(value); }
  bool number_integer(json::number_integer_t value) override { return place(value); }
  bool number_unsigned(json::number_unsigned_t value) override { return place(value); }
  bool number_float(json::number_float_t value, const std::string& /*text*/) override {
    return place(value);
  }
  bool string(std::string& value) override { return place(std::move(value)); }
  bool binary(json::binary_t& value) override { return place(std::move(value)); }
  bool start_object(std::size_t /*size*/) override { return open(json::value_t::object); }
  bool start_array(std::size_t /*size*/) override { return open(json::value_t::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(std::string& key) override {
    Level& level = levels_.back();
    const auto [entry, fresh] =
        level.value->get_ref<json::object_t&>().try_emplace(std::move(key), nullptr);
    level.entry = entry;
    if (!fresh)
      errors_.add(pointer(), "the key stands here twice (only one value can hold). remove one");
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*token*/,
                   const json::exception& failure) override {
    std::string reason = failure.what();
    if (const auto start = reason.find("] "); start != std::string::npos)
      reason.erase(0, start + 2);
    throw Error(ErrorCode::bad_input, fmt::format("is not valid JSON ({})", reason), name_);
  }

 private:
  struct Level {
    json* value;                     ///< an object or array that is not closed
    json::object_t::iterator entry;  ///< of an object: whose value is read
  };

  /// Puts a value where the document has come to.
  template <class Value>
  bool place(Value&& value) {
    if (levels_.empty())
      document_ = std::forward<Value>(value);
    else if (Level& level = levels_.back(); level.value->is_array())
      level.value->get_ref<json::array_t&>().emplace_back(std::forward<Value>(value));
    else
      level.entry->second = std::forward<Value>(value);
    return true;
  }

  bool open(json::value_t kind) {
    CF_VALIDATE(levels_.size() < kDeepestJson, ErrorCode::bad_input,
                fmt::format("is nested deeper than {} levels (no file of crossfold is). look "
                            "for brackets that do not belong there",
                            kDeepestJson),
                name_);
    place(json(kind));
    json* opened = &document_;
    if (!levels_.empty()) {
      const Level& level = levels_.back();
      opened = level.value->is_array() ? &level.value->back() : &level.entry->second;
    }
    levels_.push_back({.value = opened, .entry = {}});
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  [[nodiscard]] std::string pointer() const {
    std::string text;
    for (const Level& level : levels_)
      text += "/" + pointer_part(level.value->is_array() ? std::to_string(level.value->size() - 1)
                                                         : level.entry->first);
    return text;
  }

  const std::string& name_;
  ValidationErrors& errors_;
  json document_;
  std::vector<Level> levels_;
};

std::string bounds_text(const Bounds& bounds) {
  const char* above = bounds.low_end == Bounds::Low::open ? "above" : "at least";
  if (std::isinf(bounds.low) && std::isinf(bounds.high)) return "of any size";
  if (std::isinf(bounds.high)) return fmt::format("{} {}", above, bounds.low);
  if (std::isinf(bounds.low)) return fmt::format("at most {}", bounds.high);
  return fmt::format("{} {} and at most {}", above, bounds.low, bounds.high);
}

bool inside(double value, const Bounds& bounds) {
  const bool low_fits =
      bounds.low_end == Bounds::Low::open ? value > bounds.low : value >= bounds.low;
  return low_fits && value <= bounds.high;
}

/// Letters put in, left out or exchanged, and neighbours swapped (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> last_but_one, last(b.size() + 1), row(b.size() + 1);
  std::iota(last.begin(), last.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], last_but_one[j - 2] + 1);
    }
    last_but_one = std::exchange(last, row);
  }
  return last.back();
}

}  // namespace

json parse_json(std::string_view text, const std::string& name) {
  CF_VALIDATE(text.find_first_not_of(" \t\r\n") != std::string_view::npos, ErrorCode::bad_input,
              "is empty (a JSON document was expected). was it written whole?", name);
  ValidationErrors duplicates;
  DocumentMaker maker(name, duplicates);
  static_cast<void>(json::sax_parse(text, &maker));
  duplicates.throw_if_any(ErrorCode::bad_input, name);
  return maker.take();
}

json read_json(const std::filesystem::path& path) {
  return parse_json(read_file(path, kMostFileBytes), path.string());
}

ObjectReader::ObjectReader(const json& value, std::string pointer, ValidationErrors& errors)
    : object_(&value), pointer_(std::move(pointer)), errors_(&errors) {
  static const json empty = json::object();
  if (value.is_object()) return;
  errors_->add(pointer_.empty() ? "/" : pointer_,
               fmt::format("must be an object ({} was found)", short_json(value)));
  object_ = &empty;
}

bool ObjectReader::has(const std::string& key) const { return object_->contains(key); }

const json* ObjectReader::find(const std::string& key) {
  known_.insert(key);
  const auto found = object_->find(key);
  return found == object_->end() ? nullptr : &*found;
}

std::string ObjectReader::pointer_to(const std::string& key) const {
  return pointer_ + "/" + pointer_part(key);
}

void ObjectReader::error(const std::string& key, const std::string& message) {
  errors_->add(pointer_to(key), message);
}

void ObjectReader::wrong_type(const std::string& key, const json& value, std::string_view wanted) {
  error(key, fmt::format("must be {} ({} was found)", wanted, short_json(value)));
}

const json* ObjectReader::child(const std::string& key) { return find(key); }

const json* ObjectReader::required(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr) error(key, "is missing (there is no default). add it");
  return value;
}

double ObjectReader::number(const std::string& key, Bounds bounds, std::optional<double> fallback) {
  const json* value = fallback ? find(key) : required(key);
  const double otherwise = fallback.value_or(std::isfinite(bounds.low) ? bounds.low + 1 : 0);
  if (value == nullptr) return otherwise;
  if (!value->is_number()) {
    wrong_type(key, *value, "a number");
    return otherwise;
  }
  const double read = value->get<double>();
  if (inside(read, bounds)) return read;
  error(key, fmt::format("is {} (out of range). take a number {}", short_json(*value),
                         bounds_text(bounds)));
  return otherwise;
}

std::int64_t ObjectReader::integer(const std::string& key, std::int64_t low, std::int64_t high,
                                   std::optional<std::int64_t> fallback) {
  const json* value = fallback ? find(key) : required(key);
  const std::int64_t otherwise = fallback.value_or(low);
  if (value == nullptr) return otherwise;
  if (!value->is_number_integer()) {
    wrong_type(key, *value, "a whole number");
    return otherwise;
  }
  const bool too_large =
      value->is_number_unsigned() && std::cmp_greater(value->get<std::uint64_t>(), high);
  const std::int64_t read = too_large ? high : value->get<std::int64_t>();
  if (!too_large && read >= low && read <= high) return read;
  error(key, fmt::format("is {} (out of range). take a whole number of {} to {}",
                         short_json(*value), low, high));
  return otherwise;
}

std::uint64_t ObjectReader::unsigned_integer(const std::string& key, std::uint64_t fallback) {
  const json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_number_unsigned()) return value->get<std::uint64_t>();
  wrong_type(key, *value, "a whole number of 0 to 18446744073709551615");
  return fallback;
}

bool ObjectReader::boolean(const std::string& key, bool fallback) {
  const json* value = find(key);
  if (value == nullptr) return fallback;
  if (value->is_boolean()) return value->get<bool>();
  wrong_type(key, *value, "true or false");
  return fallback;
}

std::string ObjectReader::text(const std::string& key, const std::optional<std::string>& fallback) {
  const json* value = fallback ? find(key) : required(key);
  if (value == nullptr) return fallback.value_or("");
  if (value->is_string() && !value->get_ref<const std::string&>().empty())
    return value->get<std::string>();
  wrong_type(key, *value, "a text that is not empty");
  return fallback.value_or("");
}

std::size_t ObjectReader::choice(const std::string& key, const std::vector<std::string>& allowed,
                                 std::optional<std::size_t> fallback) {
  const json* value = fallback ? find(key) : required(key);
  if (value == nullptr) return fallback.value_or(0);
  if (value->is_string()) {
    const auto found = std::find(allowed.begin(), allowed.end(), value->get<std::string>());
    if (found != allowed.end()) return static_cast<std::size_t>(found - allowed.begin());
  }
  error(key, fmt::format("is {} (not known here). choose one of {}", short_json(*value),
                         fmt::join(allowed, ", ")));
  return fallback.value_or(0);
}

std::vector<std::string> ObjectReader::texts(const std::string& key) {
  const json* value = find(key);
  if (value == nullptr) return {};
  std::vector<std::string> list;
  const json items = value->is_array() ? *value : json::array({*value});
  for (const json& item : items) {
    if (item.is_string() && !item.get_ref<const std::string&>().empty())
      list.push_back(item.get<std::string>());
  }
  if (list.size() == items.size() && !list.empty()) return list;
  wrong_type(key, *value, "a text or a list of texts that are not empty");
  return {};
}

std::vector<double> ObjectReader::numbers(const std::string& key, Bounds bounds) {
  const json* value = required(key);
  if (value == nullptr) return {};
  if (!value->is_array()) {
    wrong_type(key, *value, fmt::format("a list of numbers {}", bounds_text(bounds)));
    return {};
  }
  std::vector<double> list;
  for (std::size_t i = 0; i < value->size(); ++i) {
    const json& item = (*value)[i];
    if (item.is_number() && inside(item.get<double>(), bounds))
      list.push_back(item.get<double>());
    else
      errors_->add(
          fmt::format("{}/{}", pointer_to(key), i),
          fmt::format("must be a number {} ({} was found)", bounds_text(bounds), short_json(item)));
  }
  return list.size() == value->size() ? list : std::vector<double>{};
}

void ObjectReader::refuse(const std::string& key, const std::string& why) {
  if (!has(key)) return;
  refused_.insert(key);
  error(key, why);
}

void ObjectReader::finish() {
  for (const auto& [key, value] : object_->items()) {
    if (known_.contains(key) || refused_.contains(key)) continue;
    const std::vector<std::string> known(known_.begin(), known_.end());
    const auto near = nearest_name(key, known);
    error(key, near ? fmt::format("is not a known key. did you mean '{}'?", *near)
                    : fmt::format("is not a known key (known here: {}). remove it",
                                  fmt::join(known, ", ")));
  }
}

std::string short_json(const json& value) {
  constexpr std::size_t kLongest = 40;
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= kLongest) return text;
  std::size_t cut = kLongest;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0U) == 0x80U) --cut;
  return text.substr(0, cut) + "...";
}

std::string pointer_part(std::string_view key) {
  std::string text;
  for (const char c : key) {
    if (c == '~')
      text += "~0";
    else if (c == '/')
      text += "~1";
    else
      text += c;
  }
  return text;
}

std::optional<std::string> nearest_name(const std::string& name,
                                        const std::vector<std::string>& known) {
  std::optional<std::string> best;
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string& candidate : known) {
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

json json_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

double number_from_json(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  throw Error(ErrorCode::bad_input,
              fmt::format("{} is no number (a number, \"nan\", \"inf\" or \"-inf\" is needed)",
                          short_json(value)));
}

std::uint64_t whole_number_from_json(const json& value, std::uint64_t most) {
  const bool fits = value.is_number_integer() && (value.is_number_unsigned() || value >= 0) &&
                    value.get<std::uint64_t>() <= most;
  CF_VALIDATE(fits, ErrorCode::bad_input,
              fmt::format("{} is no whole number of 0 to {}", short_json(value), most));
  return value.get<std::uint64_t>();
}

}  // namespace crossfold
