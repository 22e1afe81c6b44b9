#include "crossfold/core/bytes.h"

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {

void ByteWriter::put_number(std::uint64_t value) {
  for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
}

void ByteWriter::put(const std::string& text) {
  put_number(text.size());
  bytes_ += text;
}

void ByteReader::finish() const {
  CF_VALIDATE(left_.empty(), ErrorCode::internal,
              "a message between workers is too long (other builds may be mixed in). start the "
              "same build on all nodes");
}

void ByteReader::refuse_alternative(std::uint64_t index) {
  throw Error(
      ErrorCode::internal,
      fmt::format("a message between workers holds a kind {} that is not known (other builds "
                  "may be mixed in). start the same build on all nodes",
                  index));
}

std::string_view ByteReader::cut(std::uint64_t size) {
  CF_VALIDATE(size <= left_.size(), ErrorCode::internal,
              "a message between workers is too short (other builds may be mixed in). start the "
              "same build on all nodes");
  const std::string_view part = left_.substr(0, size);
  left_.remove_prefix(size);
  return part;
}

std::uint64_t ByteReader::number() {
  std::uint64_t value = 0;
  const std::string_view bytes = cut(8);
  for (std::size_t i = 0; i < 8; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace crossfold
