#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/hdf5/node.h"

namespace crossfold::hdf5 {

enum class ElementKind { integer, real, text, other };

/// What one element of a dataset is in the file.
struct ElementType {
  ElementKind kind = ElementKind::other;
  std::size_t bytes = 0;  ///< 0: text of variable length
  enum class Sign { is_signed, is_unsigned } sign = Sign::is_signed;  ///< integers only

  /// "float32", "uint8", "text", "text of 12 bytes", "neither numbers nor text".
  [[nodiscard]] std::string describe() const;
};

/// The element types that are read and written; the library converts on the way.
template <class T>
concept Number = std::same_as<T, float> || std::same_as<T, double> ||
    std::same_as<T, std::int32_t> || std::same_as<T, std::int64_t> ||
    std::same_as<T, std::uint8_t> || std::same_as<T, std::uint64_t>;

/// A dataset of an open file. Data with checksums are checked while they are read.
class Dataset : public Node {
 public:
  /// Lengths of the dimensions; empty for a scalar.
  [[nodiscard]] std::vector<std::uint64_t> shape() const;
  [[nodiscard]] ElementType type() const;
  /// Rows of one chunk; 0: the dataset is not chunked.
  [[nodiscard]] std::uint64_t chunk_rows() const;
  /// Why the data, sound as they may be, cannot be had from this file by this library, as a message
  /// ("is a virtual dataset (...)"): they stand in other files, or are compressed by a filter that
  /// is not there. Nothing when they can.
  [[nodiscard]] std::optional<std::string> storage_problem() const;
  /// Bytes that the data fill in the file (after compression); 0: never written.
  [[nodiscard]] std::uint64_t stored_bytes() const;
  /// Chunks that were never written, of all: what they hold is read as the fill value. {0, 0} of a
  /// dataset that is not chunked.
  struct Chunks {
    std::uint64_t unwritten = 0;
    std::uint64_t all = 0;
  };
  [[nodiscard]] Chunks chunks() const;

  /// Rows [first, first + count) of a dataset of one or two dimensions, row-major; `out` has
  /// count times the row's length.
  template <Number T>
  void read_rows(std::uint64_t first, std::uint64_t count, std::span<T> out) const;

  /// Writes rows [first, first + count), likewise. In a dataset with checksums, write whole chunks:
  /// each is computed when it is complete.
  template <Number T>
  void write_rows(std::uint64_t first, std::uint64_t count, std::span<const T> values);

  /// All elements, row-major. The caller has bounded `shape()` before.
  template <Number T>
  [[nodiscard]] std::vector<T> read_all() const;

  /// All texts of a dataset of one dimension, of fixed or variable length; Error{bad_input} when
  /// one is longer than `max_bytes`.
  [[nodiscard]] std::vector<std::string> read_texts(std::size_t max_bytes) const;

 private:
  friend class Group;
  using Node::Node;
  /// Of each dimension; empty: the dataset is not chunked.
  [[nodiscard]] std::vector<std::uint64_t> chunk_lengths() const;
};

/// How a new dataset lies in the file.
struct Layout {
  std::uint64_t chunk_rows = 0;  ///< 0: in one piece
  /// fletcher32 needs chunks.
  enum class Checksum { none, fletcher32 } checksum = Checksum::none;
};

}  // namespace crossfold::hdf5
