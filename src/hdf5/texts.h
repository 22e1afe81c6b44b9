#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "crossfold/hdf5/handle.h"

namespace crossfold::hdf5 {

/// Reads texts of one stored type, of fixed or variable length, as strings of C++.
class TextReader {
 public:
  /// `stored` is the type in the file; `subject` ("the attribute 'levels'") begins messages.
  TextReader(std::int64_t stored, std::size_t max_bytes, std::string subject, std::string where);

  /// The type to read with.
  [[nodiscard]] std::int64_t type() const { return type_.get(); }

  /// Bytes of one element of type(): the text itself, or a pointer to it.
  [[nodiscard]] std::size_t element_bytes() const;

  /// Calls `fill` with memory for `count` elements of type(), then takes the texts out of it.
  /// Error{bad_input} when `fill` returns a negative value or a text is longer than allowed, which
  /// is then called entry `first` + its index.
  [[nodiscard]] std::vector<std::string> read(std::size_t count,
                                              const std::function<int(void*)>& fill,
                                              std::size_t first = 0) const;

 private:
  [[nodiscard]] std::vector<std::string> read_fixed(std::size_t count,
                                                    const std::function<int(void*)>& fill) const;
  [[nodiscard]] std::vector<std::string> read_variable(std::size_t count,
                                                       const std::function<int(void*)>& fill) const;
  [[nodiscard]] bool variable() const;

  Handle type_;
  std::size_t max_bytes_;
  std::string subject_;
  std::string where_;
};

}  // namespace crossfold::hdf5
