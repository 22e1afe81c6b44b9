#include "crossfold/imaging/preprocess.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <opencv2/imgproc.hpp>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

constexpr std::string_view kNone = "raw";

class Equalize final : public PreprocessStep {
 public:
  [[nodiscard]] GrayImage apply(GrayImage image) const override {
    cv::Mat view(image.height, image.width, CV_8UC1, image.pixels.data());
    cv::equalizeHist(view, view);
    return image;
  }
};

template <class Step>
std::unique_ptr<const PreprocessStep> make() {
  return std::make_unique<Step>();
}

struct NamedStep {
  std::string_view name;
  std::unique_ptr<const PreprocessStep> (*make)();
};

/// Every step there is. A new one is a line here, one in the table of preprocess.h, and its class.
constexpr std::array kSteps = {NamedStep{"equalized", &make<Equalize>}};

std::vector<std::string> step_names() {
  std::vector<std::string> names;
  names.reserve(kSteps.size());
  for (const NamedStep& step : kSteps) names.emplace_back(step.name);
  return names;
}

bool is_name_at(std::string_view text, std::string_view name) {
  return text.starts_with(name) && (text.size() == name.size() || text[name.size()] == '-');
}

[[noreturn]] void throw_unknown(std::string_view part, std::string_view whole,
                                std::span<const std::string> known_steps) {
  throw Error(ErrorCode::bad_input,
              fmt::format("unknown preprocessing '{}'{} (known: '{}' alone, or joined by '-': {}). "
                          "choose among these",
                          part, part == whole ? "" : fmt::format(" in '{}'", whole), kNone,
                          fmt::join(known_steps, ", ")));
}

}  // namespace

std::vector<std::string> split_preprocessing_name(std::string_view name,
                                                  std::span<const std::string> known_steps) {
  std::vector<std::string> parts;
  std::string_view rest = name;
  while (true) {
    std::string_view longest;
    for (const std::string& known : known_steps)
      if (is_name_at(rest, known) && known.size() > longest.size()) longest = known;
    if (longest.empty()) throw_unknown(rest, name, known_steps);
    parts.emplace_back(longest);
    if (rest.size() == longest.size()) return parts;
    rest.remove_prefix(longest.size() + 1);
  }
}

std::vector<std::string> preprocessing_names() {
  std::vector<std::string> names = step_names();
  names.insert(names.begin(), std::string(kNone));
  return names;
}

Preprocessing::Preprocessing(std::string_view name) : name_(name) {
  if (name == kNone) return;
  for (const std::string& part : split_preprocessing_name(name, step_names())) {
    const auto* const step = std::find_if(kSteps.begin(), kSteps.end(),
                                          [&](const NamedStep& s) { return s.name == part; });
    steps_.push_back(step->make());
  }
}

GrayImage Preprocessing::apply(GrayImage image) const {
  for (const auto& step : steps_) image = step->apply(std::move(image));
  return image;
}

}  // namespace crossfold
