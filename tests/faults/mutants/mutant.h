#pragma once

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

// The switches of mutants that plant.py puts into the sources, never part of a program that anyone
// uses. The environment says which one is on (CROSSFOLD_MUTANT) and where to note those that were
// reached (CROSSFOLD_MUTANT_TRACE).
namespace crossfold::mutants {

inline constexpr int kMost = 10'000;

/// Whether the mutant of this number, 1 to kMost, is the one to be made.
inline bool is_on(int number) {
  static const int on = [] {
    const char* text = std::getenv("CROSSFOLD_MUTANT");
    return text == nullptr ? 0 : std::atoi(text);
  }();
  static const char* const trace = std::getenv("CROSSFOLD_MUTANT_TRACE");
  static std::atomic<bool> noted[kMost + 1];
  if (trace != nullptr && !noted[number].exchange(true)) {
    char line[16];
    const int size = std::snprintf(line, sizeof line, "%d\n", number);
    const int file = ::open(trace, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file >= 0) {
      [[maybe_unused]] const ssize_t written =
          ::write(file, line, static_cast<std::size_t>(size));  // whole: shorter than PIPE_BUF
      ::close(file);
    }
  }
  return on == number;
}

}  // namespace crossfold::mutants

#define MUTANT(number) (::crossfold::mutants::is_on(number))
