#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "crossfold/core/ids.h"

namespace crossfold::fleet {

/// Turns fields into bytes: integers little-endian, texts and lists behind their length.
class WireWriter {
 public:
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  [[nodiscard]] std::string take() { return std::exchange(bytes_, {}); }

 private:
  void put(std::uint64_t value);
  void put(double value) { put(std::bit_cast<std::uint64_t>(value)); }
  void put(const std::string& text);
  template <class Tag, class Value>
  void put(const StrongId<Tag, Value>& id) {
    put(static_cast<std::uint64_t>(id.value));
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void put(Enum value) { put(static_cast<std::uint64_t>(value)); }
  template <class T>
  void put(const std::vector<T>& list) {
    put(static_cast<std::uint64_t>(list.size()));
    for (const T& element : list) T::fields(*this, element);
  }

  std::string bytes_;
};

/// The way back. Error{internal} for bytes that end too early; nothing is allocated for a length
/// that the bytes left cannot hold.
class WireReader {
 public:
  explicit WireReader(std::string_view bytes) : left_(bytes) {}
  template <class... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  /// Error{internal} when bytes are left over.
  void finish() const;

 private:
  std::string_view cut(std::uint64_t size);
  std::uint64_t number();
  void get(std::uint64_t& value) { value = number(); }
  void get(double& value) { value = std::bit_cast<double>(number()); }
  void get(std::string& text) { text = cut(number()); }
  template <class Tag, class Value>
  void get(StrongId<Tag, Value>& id) {
    id.value = static_cast<Value>(number());
  }
  template <class Enum>
  requires std::is_enum_v<Enum>
  void get(Enum& value) { value = static_cast<Enum>(number()); }
  template <class T>
  void get(std::vector<T>& list) {
    for (std::uint64_t left = number(); left > 0; --left) T::fields(*this, list.emplace_back());
  }

  std::string_view left_;
};

}  // namespace crossfold::fleet
