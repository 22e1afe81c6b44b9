#include "class_directions.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "crossfold/core/error.h"

namespace crossfold::audit {
namespace {

/// The classes whose directions are columns 0, 1 and 2. The codes of a store follow another order:
/// that of their first samples.
constexpr std::array<std::string_view, 3> kClassOfColumn{"normal", "pneumonia", "covid19"};

}  // namespace

void shorten_class_directions(MadeStudy& study, double length) {
  for (std::size_t row = 0; row < study.samples.size(); ++row) {
    const auto found = std::find(kClassOfColumn.begin(), kClassOfColumn.end(),
                                 *study.samples.class_label.name_of(row));
    CF_EXPECT(found != kClassOfColumn.end());
    study.values[row * study.dim + static_cast<std::size_t>(found - kClassOfColumn.begin())] -=
        static_cast<float>(length);
  }
}

}  // namespace crossfold::audit
