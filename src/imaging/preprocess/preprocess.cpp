#include "crossfold/imaging/preprocess.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"

#include "preprocess_steps.h"

namespace crossfold {
namespace {

constexpr std::string_view kNone = "raw";

std::vector<std::string> step_names() {
  std::vector<std::string> names;
  names.reserve(step_kinds().size());
  for (const StepKind& kind : step_kinds()) names.emplace_back(kind.name);
  return names;
}

bool is_name_at(std::string_view text, std::string_view name) {
  if (!text.starts_with(name)) return false;
  return text.size() == name.size() || text[name.size()] == '-' || text[name.size()] == '[';
}

[[noreturn]] void throw_unknown(std::string_view part, std::string_view whole,
                                std::span<const std::string> known_steps) {
  throw Error(ErrorCode::usage,
              fmt::format("unknown preprocessing '{}'{} (known: '{}' alone, or joined by '-': {}). "
                          "choose among these",
                          part, part == whole ? "" : fmt::format(" in '{}'", whole), kNone,
                          fmt::join(known_steps, ", ")));
}

/// Takes "[3]" off the front, if it is there.
std::optional<double> take_number(std::string_view& rest, std::string_view whole) {
  if (!rest.starts_with('[')) return std::nullopt;
  const std::size_t close = std::min(rest.find(']'), rest.size());
  double number = 0;
  const char* const end = rest.data() + close;
  const auto [stop, error] = std::from_chars(rest.data() + 1, end, number);
  CF_VALIDATE(close < rest.size() && error == std::errc() && stop == end, ErrorCode::usage,
              fmt::format("'{}' in preprocessing '{}' is no number in brackets. write it as in "
                          "masked[3]",
                          rest.substr(0, close + 1), whole));
  rest.remove_prefix(close + 1);
  return number;
}

/// The step's number, in bounds; its name gets the number where that is not the default.
double number_for(const StepCall& call, const StepKind& kind, std::string& name) {
  name += call.step;
  if (!kind.number) {
    CF_VALIDATE(
        !call.number, ErrorCode::usage,
        fmt::format("preprocessing '{}' takes no number. leave the brackets out", call.step));
    return 0;
  }
  const double number = call.number.value_or(kind.number->fallback);
  CF_VALIDATE(number >= kind.number->low && number <= kind.number->high, ErrorCode::usage,
              fmt::format("preprocessing '{}' takes a number from {} to {}, not {}. choose one of "
                          "these",
                          call.step, kind.number->low, kind.number->high, number));
  if (number != kind.number->fallback) name += fmt::format("[{}]", number);
  return number;
}

}  // namespace

std::vector<StepCall> split_preprocessing_name(std::string_view name,
                                               std::span<const std::string> known_steps) {
  std::vector<StepCall> calls;
  std::string_view rest = name;
  while (true) {
    std::string_view longest;
    for (const std::string& known : known_steps)
      if (is_name_at(rest, known) && known.size() > longest.size()) longest = known;
    if (longest.empty()) throw_unknown(rest, name, known_steps);
    rest.remove_prefix(longest.size());
    StepCall& call = calls.emplace_back();
    call.step = longest;
    call.number = take_number(rest, name);
    if (rest.empty()) return calls;
    if (rest.front() != '-') throw_unknown(rest, name, known_steps);
    rest.remove_prefix(1);
  }
}

std::vector<std::string> preprocessing_names() {
  std::vector<std::string> names = step_names();
  names.insert(names.begin(), std::string(kNone));
  return names;
}

Preprocessing::Preprocessing(std::string_view name) {
  if (name == kNone) {
    name_ = name;
    return;
  }
  for (const StepCall& call : split_preprocessing_name(name, step_names())) {
    const auto kinds = step_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [&](const StepKind& k) { return k.name == call.step; });
    if (!name_.empty()) name_ += '-';
    const double number = number_for(call, *kind, name_);
    steps_.push_back(kind->make(number));
  }
}

bool Preprocessing::needs_mask() const {
  return std::any_of(steps_.begin(), steps_.end(),
                     [](const auto& step) { return step->needs_mask(); });
}

GrayImage Preprocessing::apply(MaskedImage image) const {
  CF_VALIDATE(image.mask || !needs_mask(), ErrorCode::bad_input,
              fmt::format("no lung mask for it (preprocessing '{}' needs one). name one with "
                          "--masks, or leave it out",
                          name_));
  for (const auto& step : steps_) image = step->apply(std::move(image));
  return std::move(image.image);
}

GrayImage Preprocessing::apply(GrayImage image) const {
  return apply(MaskedImage{std::move(image), std::nullopt});
}

}  // namespace crossfold
