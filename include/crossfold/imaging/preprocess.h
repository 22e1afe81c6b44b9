#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "crossfold/imaging/gray_image.h"

namespace crossfold {

/// One way to change an image before numbers are taken from it. Thread-safe once made.
class PreprocessStep {
 public:
  virtual ~PreprocessStep() = default;
  [[nodiscard]] virtual GrayImage apply(GrayImage image) const = 0;
};

/// A named preprocessing: "raw" (none), or step names joined by '-' in the order of application.
///
/// | step        | does |
/// | ----------- | ---- |
/// | `equalized` | histogram equalisation over the whole image: gray v becomes
/// |             | round(255 (c(v) - c0) / (n - c0)), c the cumulative counts, n the pixels, c0 the
/// |             | count of the darkest gray present; an image of one gray stays as it is |
class Preprocessing {
 public:
  /// Error{bad_input} names the part that is not known and lists the names that are.
  explicit Preprocessing(std::string_view name);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] GrayImage apply(GrayImage image) const;

 private:
  std::string name_;
  std::vector<std::unique_ptr<const PreprocessStep>> steps_;  ///< empty for "raw"
};

/// "raw" and every step, in the order of the documentation.
[[nodiscard]] std::vector<std::string> preprocessing_names();

/// Cuts "lung-crop-equalized" into {"lung-crop", "equalized"}: a step's own name may hold a '-',
/// the longest known name is taken. Error{bad_input} as above.
[[nodiscard]] std::vector<std::string> split_preprocessing_name(
    std::string_view name, std::span<const std::string> known_steps);

}  // namespace crossfold
