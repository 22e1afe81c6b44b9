#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "crossfold/core/validation_errors.h"

namespace crossfold {

/// Parses JSON and refuses what nlohmann lets pass: two equal keys in one object (it keeps the
/// last), and more than 100 levels. Error{bad_input}: `name` and the line and column of a syntax
/// error, or every duplicate.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& name);

/// Likewise a file of at most kMostFileBytes; Error{io} where it cannot be read.
[[nodiscard]] nlohmann::json read_json(const std::filesystem::path& path);

/// Allowed numbers: [low, high], or (low, high] when `low_open`.
struct Bounds {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  enum class Low { closed, open } low_end = Low::closed;
};

/// Reads one JSON object strictly: types as written (1.9 is no integer, true no number), ranges,
/// names from a list, and no key left over. Every error is added to `errors` under its JSON
/// pointer, and the fallback returned, so that reading goes on and finds them all.
class ObjectReader {
 public:
  /// `pointer` is the place of `value` in the document ("" for its root).
  ObjectReader(const nlohmann::json& value, std::string pointer, ValidationErrors& errors);

  [[nodiscard]] bool has(const std::string& key) const;
  [[nodiscard]] double number(const std::string& key, Bounds bounds,
                              std::optional<double> fallback);
  [[nodiscard]] std::int64_t integer(const std::string& key, std::int64_t low, std::int64_t high,
                                     std::optional<std::int64_t> fallback);
  /// A seed: any integer of 0 to 2^64 - 1.
  [[nodiscard]] std::uint64_t unsigned_integer(const std::string& key, std::uint64_t fallback);
  [[nodiscard]] bool boolean(const std::string& key, bool fallback);
  [[nodiscard]] std::string text(const std::string& key,
                                 const std::optional<std::string>& fallback);
  /// One of `allowed`; the index into it is what counts for the caller.
  [[nodiscard]] std::size_t choice(const std::string& key, const std::vector<std::string>& allowed,
                                   std::optional<std::size_t> fallback);
  /// A text or an array of texts, not empty.
  [[nodiscard]] std::vector<std::string> texts(const std::string& key);
  /// A list of numbers, also an empty one; each one that does not fit is an error of its own.
  [[nodiscard]] std::vector<double> numbers(const std::string& key, Bounds bounds);
  /// The raw value, marked as used; nullptr when absent.
  [[nodiscard]] const nlohmann::json* child(const std::string& key);
  /// As `child`, but absence is an error.
  [[nodiscard]] const nlohmann::json* required(const std::string& key);

  /// Says that `key` is known but may not be used here, and why.
  void refuse(const std::string& key, const std::string& why);
  void error(const std::string& key, const std::string& message);
  [[nodiscard]] std::string pointer_to(const std::string& key) const;
  /// Names every key that was not read, with the nearest known one. Call last.
  void finish();

 private:
  const nlohmann::json* find(const std::string& key);
  void wrong_type(const std::string& key, const nlohmann::json& value, std::string_view wanted);

  const nlohmann::json* object_;
  std::string pointer_;
  ValidationErrors* errors_;
  std::set<std::string> known_;
  std::set<std::string> refused_;
};

/// `value` as JSON text, cut to about 40 characters, for messages.
[[nodiscard]] std::string short_json(const nlohmann::json& value);

/// A JSON pointer's next part: `/` and `~` escaped.
[[nodiscard]] std::string pointer_part(std::string_view key);

/// The known name nearest to `name` by edit distance, when it is near enough to be a slip.
[[nodiscard]] std::optional<std::string> nearest_name(const std::string& name,
                                                      const std::vector<std::string>& known);

/// Doubles as JSON: NaN and infinities by name ("nan", "inf", "-inf"), never null.
[[nodiscard]] nlohmann::json json_number(double value);
/// The way back; Error{bad_input} for anything else.
[[nodiscard]] double number_from_json(const nlohmann::json& value);

/// A whole number of 0 to `most`; Error{bad_input} for anything else, 1.0 and true included.
[[nodiscard]] std::uint64_t whole_number_from_json(const nlohmann::json& value, std::uint64_t most);

}  // namespace crossfold
