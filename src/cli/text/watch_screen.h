#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/study/status_view.h"

namespace crossfold::cli {

/// Of a terminal, in characters.
struct ScreenSize {
  std::size_t width = 80;
  std::size_t height = 24;
};

/// What `status --watch` shows: counts, a bar of the whole with rate and time left, where races
/// stand, a bar for each worker (its share of the last minute at work, what it holds) and the last
/// `events`. Pure. At most height - 1 lines of at most `width` characters, each with its line
/// break: where the workers do not fit, a line for each host, and where these do not, one for all.
/// No control character but the line breaks comes out, whatever names hold.
[[nodiscard]] std::string watch_screen(const StatusView& view,
                                       const std::vector<std::string>& events, ScreenSize size);

}  // namespace crossfold::cli
