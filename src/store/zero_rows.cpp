#include "zero_rows.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"

namespace crossfold {

void ZeroRows::add(std::span<const float> block) {
  if (dim_ < 2) return;
  for (; !block.empty(); block = block.subspan(dim_), ++rows_) {
    const auto row = block.first(dim_);
    const bool is_zero = std::all_of(row.begin(), row.end(), [](float x) { return x == 0; });
    last_ = is_zero ? last_ + 1 : 0;
    if (is_zero) zeros_.push_back(rows_);
  }
}

bool ZeroRows::refuse_unwritten(const std::string& where, ValidationErrors& errors) const {
  if (last_ < 2 || last_ == rows_) return false;
  errors.add(where, fmt::format("is filled in part (its last {} of {} rows hold zeros alone, as "
                                "rows do that were never written). write it anew, or leave these "
                                "samples out",
                                last_, rows_));
  return true;
}

std::optional<std::string> ZeroRows::note(const std::vector<std::string>& ids) const {
  constexpr std::size_t kMaxNamed = 3;
  if (zeros_.empty() || zeros_.size() == rows_) return std::nullopt;
  std::vector<std::string> named;
  for (const std::size_t row : std::span(zeros_).first(std::min(zeros_.size(), kMaxNamed)))
    named.push_back(fmt::format("'{}'", ids[row]));
  const std::size_t more = zeros_.size() - named.size();
  return fmt::format(
      "{} of {} hold{} zeros alone (blank images or failed extractions, perhaps): {}{}",
      zeros_.size(), counted(rows_, "row"), zeros_.size() == 1 ? "s" : "", fmt::join(named, ", "),
      more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace crossfold
