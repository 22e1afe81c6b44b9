#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// An image on its way through the steps, with its lung mask (0 or 255, of the same size) if known.
struct MaskedImage {
  GrayImage image;
  std::optional<GrayImage> mask;
};

/// One way to change an image before numbers are taken from it. Thread-safe once made.
class PreprocessStep {
 public:
  virtual ~PreprocessStep() = default;
  [[nodiscard]] virtual MaskedImage apply(MaskedImage image) const = 0;
  /// True when `apply` needs the mask.
  [[nodiscard]] virtual bool needs_mask() const { return false; }
};

/// A named preprocessing: "raw" (none), or step names joined by '-' in the order of application,
/// some with a number: "equalized-masked[3]-normalized".
///
/// | step           | does |
/// | -------------- | ---- |
/// | `equalized`    | histogram equalisation over the whole image: gray v becomes
/// |                | round(255 (c(v) - c0) / (n - c0)), c the cumulative counts, n the pixels, c0
/// |                | the count of the darkest gray present; an image of one gray stays as it is.
/// |                | Behind `masked`, what lies outside of the mask is that darkest gray: it stays
/// |                | black, and the lungs are equalised among themselves |
/// | `masked[r]`    | times the lung mask (0 to 1), blurred by a Gaussian of standard deviation r
/// |                | pixels where the image's longer side has 256, in proportion else; r from 0
/// |                | (the default: not blurred) to 64 |
/// | `lung-crop[m]` | cut to the box around the lungs, widened by m percent of its width and height
/// |                | on each side (as far as there is image); m from 0 to 100, default 5 |
/// | `normalized`   | the image's own range spread over 0 to 255, which extractors take for 0 to 1;
/// |                | an image of one gray becomes black |
class Preprocessing {
 public:
  /// Error{usage} names the part that is not known and lists the names that are.
  explicit Preprocessing(std::string_view name);

  /// As given, but numbers that are the default are left out ("masked[0]" is "masked").
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool needs_mask() const;
  /// Error{bad_input} when a mask is needed and there is none, or it is empty where that matters.
  [[nodiscard]] GrayImage apply(MaskedImage image) const;
  [[nodiscard]] GrayImage apply(GrayImage image) const;

 private:
  std::string name_;
  std::vector<std::unique_ptr<const PreprocessStep>> steps_;  ///< empty for "raw"
};

/// "raw" and every step, in the order of the documentation.
[[nodiscard]] std::vector<std::string> preprocessing_names();

/// One step of a name: "masked[3]".
struct StepCall {
  std::string step;
  std::optional<double> number;
  bool operator==(const StepCall&) const = default;
};

/// Cuts "lung-crop-masked[3]" into lung-crop and masked with 3: a step's own name may hold a '-',
/// the longest known name is taken. Error{usage} as above.
[[nodiscard]] std::vector<StepCall> split_preprocessing_name(
    std::string_view name, std::span<const std::string> known_steps);

}  // namespace crossfold
