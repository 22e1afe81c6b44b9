#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "crossfold/core/error.h"

namespace crossfold {

/// Puts values one behind the other, each sequence after its length.
class ByteWriter {
 public:
  void number(std::uint64_t value) { raw(&value, sizeof value); }
  void text(std::string_view value) {
    number(value.size());
    raw(value.data(), value.size());
  }
  void texts(const std::vector<std::string>& values) {
    number(values.size());
    for (const std::string& value : values) text(value);
  }
  template <class T>
  void values(const std::vector<T>& data) {
    static_assert(std::is_arithmetic_v<T>);
    number(data.size());
    raw(data.data(), data.size() * sizeof(T));
  }
  [[nodiscard]] std::string take() { return std::move(bytes_); }

 private:
  void raw(const void* data, std::size_t size) {
    if (size > 0) bytes_.append(static_cast<const char*>(data), size);
  }

  std::string bytes_;
};

/// Takes them off again in the same order; Error{internal} when the bytes end too early.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(1, sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number(), 1)); }
  std::vector<std::string> texts() {
    std::vector<std::string> values;
    for (std::uint64_t left = number(); left > 0; --left) values.push_back(text());
    return values;
  }
  template <class T>
  std::vector<T> values() {
    const std::string_view raw = take(number(), sizeof(T));
    std::vector<T> data(raw.size() / sizeof(T));
    if (!data.empty()) std::memcpy(data.data(), raw.data(), raw.size());
    return data;
  }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view take(std::uint64_t count, std::size_t size) {
    CF_VALIDATE(count <= bytes_.size() / size, ErrorCode::internal,
                "a packed message ends too early (a bug in crossfold). please report it");
    const std::string_view front = bytes_.substr(0, count * size);
    bytes_.remove_prefix(front.size());
    return front;
  }

  std::string_view bytes_;
};

}  // namespace crossfold
