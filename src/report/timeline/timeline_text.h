#pragma once

#include <cstddef>
#include <string>

#include "crossfold/results/timeline.h"

namespace crossfold {

[[nodiscard]] std::string timeline_text(const Timeline& timeline);
[[nodiscard]] std::string timeline_csv(const Timeline& timeline);
[[nodiscard]] std::string timeline_trace(const Timeline& timeline);
[[nodiscard]] std::string timeline_page(const Timeline& timeline);

/// "session 2: started 2026-01-31T23:59:59Z on alpha, 4 workers, 2 h 5 min, stopped".
[[nodiscard]] std::string session_text(const TimelineSession& session, std::size_t number);
/// "38.2 %"; "-" where the whole is nothing.
[[nodiscard]] std::string share_text(double part_s, double whole_s);

}  // namespace crossfold
