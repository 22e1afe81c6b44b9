#pragma once

#include <cstddef>
#include <functional>

#include "progress.h"

namespace crossfold::cli {

/// Progress on stderr of work that goes image by image.
class ImageProgress {
 public:
  ImageProgress() : display_("images", ProgressDisplay::mode_of_stderr()) {}

  /// For functions that report `done` images `of` so many; valid as long as this object.
  [[nodiscard]] std::function<void(std::size_t, std::size_t)> callback() {
    return [this](std::size_t done, std::size_t of) {
      const double share = static_cast<double>(done) / static_cast<double>(of);
      display_.update(
          {.done = done, .of = of, .failed = 0, .fresh = done, .fresh_share = share, .workers = 0});
    };
  }
  void finish() { display_.finish(); }

 private:
  ProgressDisplay display_;
};

}  // namespace crossfold::cli
