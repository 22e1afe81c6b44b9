#pragma once

#include <cstddef>
#include <functional>

namespace crossfold {

/// Calls `work(row)` for 0 <= row < rows on `threads` threads (the caller's, where it is one), rows
/// being started in order; returns when all are done. `progress(done, rows)` is called on the
/// caller's thread, the last time with done = rows. What either throws stops the rest and comes
/// out.
void for_each_row(std::size_t rows, int threads, const std::function<void(std::size_t)>& work,
                  const std::function<void(std::size_t done, std::size_t of)>& progress = {});

}  // namespace crossfold
