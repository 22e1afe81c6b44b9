#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "crossfold/core/validation_errors.h"

namespace crossfold {

/// Errors of the rows of a table, where one cause may stand in every row: places with the same
/// message share one line once they are more than kMostNamed, "line 7, line 8, line 9 and 4 more:
/// is empty". What differs from row to row belongs into the place: "line 7 ('x')".
class ErrorsByCause {
 public:
  /// Where the errors go, when this ends or is asked to.
  explicit ErrorsByCause(ValidationErrors& errors) : errors_(errors) {}
  ~ErrorsByCause() { hand_over(); }
  ErrorsByCause(const ErrorsByCause&) = delete;
  ErrorsByCause& operator=(const ErrorsByCause&) = delete;

  void add(const std::string& place, const std::string& message);
  /// Adds the lines, each where its first place came up.
  void hand_over();

 private:
  struct Cause {
    std::string message;
    std::vector<std::string> first;  ///< places, as many as are named
    std::size_t places = 0;
  };
  struct Entry {
    std::size_t cause;
    std::size_t number;  ///< of the place among those of its cause
  };

  ValidationErrors& errors_;
  std::vector<Cause> causes_;
  std::vector<Entry> order_;                               ///< of places that are named
  std::unordered_map<std::string, std::size_t> cause_of_;  ///< by message
};

}  // namespace crossfold
