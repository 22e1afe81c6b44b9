#pragma once

#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "crossfold/core/ids.h"

namespace crossfold {

/// For functions that take a T to be written and a T to be read: `byte_fields(codec, value)`.
template <class Value, class T>
concept same_but_const = std::same_as<std::remove_const_t<Value>, T>;

/// Turns fields into bytes for another process of the same build: whole numbers and doubles as 8
/// bytes, little-endian, texts and lists behind their length, a variant behind the number of its
/// alternative. A struct is written as
/// `T::fields(codec, value)` says or, where it is of another module, a function
/// `byte_fields(codec, value)` beside it; both serve the way back too.
class ByteWriter {
 public:
  template <class... Fields>
  void operator()(const Fields&... fields) {
    (put(fields), ...);
  }
  [[nodiscard]] std::string take() { return std::exchange(bytes_, {}); }

 private:
  void put_number(std::uint64_t value);
  void put(const std::string& text);
  void put(double value) { put_number(std::bit_cast<std::uint64_t>(value)); }
  void put(const FitId& id) {
    bytes_.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  }
  template <class Number>
  requires std::integral<Number> || std::is_enum_v<Number>
  void put(Number value) { put_number(static_cast<std::uint64_t>(value)); }
  template <class Tag, class Value>
  void put(const StrongId<Tag, Value>& id) {
    put(id.value);
  }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(std::span<const T> list) {
    put(list.size());
    for (const T& element : list) put(element);
  }
  template <class T>
  void put(const std::vector<T>& list) {
    put(std::span<const T>(list));
  }
  void put(const std::vector<bool>& list) {
    put(list.size());
    for (const bool element : list) put(element);
  }
  template <class... Ts>
  void put(const std::variant<Ts...>& value) {
    put(value.index());
    std::visit([this](const auto& alternative) { put(alternative); }, value);
  }
  template <class T>
  requires requires(ByteWriter& codec, const T& value) { T::fields(codec, value); }
  void put(const T& value) { T::fields(*this, value); }
  template <class T>
  requires requires(ByteWriter& codec, const T& value) { byte_fields(codec, value); }
  void put(const T& value) { byte_fields(*this, value); }

  std::string bytes_;
};

/// The way back. Error{internal} for bytes that end too early; nothing is allocated for a length
/// that the bytes left cannot hold.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}
  template <class... Fields>
  void operator()(Fields&... fields) {
    (get(fields), ...);
  }
  /// Error{internal} when bytes are left over.
  void finish() const;

 private:
  std::string_view cut(std::uint64_t size);
  std::uint64_t number();
  void get(std::string& text) { text = cut(number()); }
  void get(double& value) { value = std::bit_cast<double>(number()); }
  void get(FitId& id) {
    const std::string_view bytes = cut(id.bytes.size());
    std::memcpy(id.bytes.data(), bytes.data(), bytes.size());
  }
  template <class Number>
  requires std::integral<Number> || std::is_enum_v<Number>
  void get(Number& value) { value = static_cast<Number>(number()); }
  template <class Tag, class Value>
  void get(StrongId<Tag, Value>& id) {
    get(id.value);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool has_value = false;
    get(has_value);
    if (has_value)
      get(value.emplace());
    else
      value.reset();
  }
  template <class T>
  void get(std::vector<T>& list) {
    list.clear();
    for (std::uint64_t left = number(); left > 0; --left) get(list.emplace_back());
  }
  void get(std::vector<bool>& list) {
    list.clear();
    for (std::uint64_t left = number(); left > 0; --left) list.push_back(number() != 0);
  }
  template <class... Ts>
  void get(std::variant<Ts...>& value) {
    get_alternative(value, number());
  }
  template <std::size_t I = 0, class... Ts>
  void get_alternative(std::variant<Ts...>& value, std::uint64_t index) {
    if constexpr (I < sizeof...(Ts)) {
      if (index == I)
        get(value.template emplace<I>());
      else
        get_alternative<I + 1>(value, index);
    } else {
      refuse_alternative(index);
    }
  }
  [[noreturn]] static void refuse_alternative(std::uint64_t index);
  template <class T>
  requires requires(ByteReader& codec, T& value) { T::fields(codec, value); }
  void get(T& value) { T::fields(*this, value); }
  template <class T>
  requires requires(ByteReader& codec, T& value) { byte_fields(codec, value); }
  void get(T& value) { byte_fields(*this, value); }

  std::string_view left_;
};

[[nodiscard]] std::string to_bytes(const auto& value) {
  ByteWriter codec;
  codec(value);
  return codec.take();
}

/// Error{internal} when the bytes are not exactly one T.
template <class T>
[[nodiscard]] T from_bytes(std::string_view bytes) {
  T value;
  ByteReader codec(bytes);
  codec(value);
  codec.finish();
  return value;
}

}  // namespace crossfold
