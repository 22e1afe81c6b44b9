#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace crossfold::figure {

enum class ScaleKind { linear, log, category };

/// From the units of the data to an axis.
struct Scale {
  ScaleKind kind = ScaleKind::linear;
  double low = 0;  ///< of a category scale -0.5
  double high = 1;
  std::vector<std::string> categories = {};  ///< of a category scale, at 0, 1, ...

  /// 0 at `low`, 1 at `high`. A log scale takes positive values only.
  [[nodiscard]] double position(double value) const;
};

/// Holds all finite values with a margin of 4 %, and has an extent also where they are all equal
/// or none is finite.
[[nodiscard]] Scale linear_scale(std::span<const double> values);
/// Exactly so.
[[nodiscard]] Scale linear_scale(double low, double high);
/// Of positive values; others are passed over.
[[nodiscard]] Scale log_scale(std::span<const double> values);
[[nodiscard]] Scale category_scale(std::vector<std::string> categories);

struct Tick {
  double at = 0;
  std::string label;  ///< empty: a mark without a label
};

/// At most `most` (>= 2) labelled ticks inside a linear or log scale: multiples of 1, 2 or 5 times
/// a power of ten; on a log scale powers of ten, with 2 and 5 where there is room; of a category
/// scale every one, or every k-th with a label.
[[nodiscard]] std::vector<Tick> ticks(const Scale& scale, std::size_t most);

/// With so many decimals, a true minus sign, and powers of ten from 1e6 on and below 1e-4.
[[nodiscard]] std::string number_label(double value, int decimals);
/// With as many digits as say it to `significant` digits, without zeros at the end.
[[nodiscard]] std::string short_number(double value, int significant = 3);

}  // namespace crossfold::figure
