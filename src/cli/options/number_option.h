#pragma once

#include <limits>
#include <optional>
#include <string>
#include <type_traits>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace crossfold::cli {

/// The least and the greatest value that an option takes. Help names their type:
/// "INT in [1 - 4096]".
template <class Limit>
struct NumberBounds {
  Limit low;
  Limit high;
};
template <class Limit>
NumberBounds(Limit, Limit) -> NumberBounds<Limit>;

/// The number that the whole text is, in decimal and whatever the locale; leading zeros and a plus
/// sign mean nothing. Value: int, std::uint32_t, std::uint64_t, which are digits alone, or double,
/// which is finite. Error{usage} naming `option`, the text and what may be given.
template <class Value>
[[nodiscard]] Value read_number(const std::string& text, const NumberBounds<Value>& bounds,
                                const std::string& option);

/// The type of number that a target is, or is an optional of.
template <class Target>
struct NumberOf {
  using Value = Target;
};
template <class Held>
struct NumberOf<std::optional<Held>> {
  using Value = Held;
};

/// An option that is a number within bounds, read by read_number() and not by CLI11, which takes
/// 010 for 8, -1 for 18446744073709551615 and NaN for a number within every range. Help shows
/// bounds that are narrower than those of the type.
template <class Target, class Limit>
CLI::Option* add_number(CLI::App& command, const std::string& name, Target& target,
                        const NumberBounds<Limit>& limits, const std::string& help) {
  using Value = typename NumberOf<Target>::Value;
  const NumberBounds<Value> bounds{static_cast<Value>(limits.low), static_cast<Value>(limits.high)};
  const auto take = [&target, bounds, name](const std::string& text) {
    target = read_number(text, bounds, name);
  };
  CLI::Option* const option = command.add_option_function<std::string>(name, take, help)
                                  ->type_name(CLI::detail::type_name<Value>());
  if constexpr (std::is_same_v<Target, Value>)
    option->default_function([&target] { return fmt::format("{}", target); });
  if (bounds.low > std::numeric_limits<Value>::lowest() ||
      bounds.high < std::numeric_limits<Value>::max())
    option->check(CLI::Validator(
        fmt::format("{} in [{} - {}]", CLI::detail::type_name<Limit>(), limits.low, limits.high)));
  return option;
}

/// The same, of any number that the type holds.
template <class Target>
CLI::Option* add_number(CLI::App& command, const std::string& name, Target& target,
                        const std::string& help) {
  using Limits = std::numeric_limits<typename NumberOf<Target>::Value>;
  return add_number(command, name, target, NumberBounds{Limits::lowest(), Limits::max()}, help);
}

}  // namespace crossfold::cli
