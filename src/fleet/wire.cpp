#include "crossfold/fleet/wire.h"

#include "crossfold/core/error.h"

namespace crossfold::fleet {

void WireWriter::put(std::uint64_t value) {
  for (int i = 0; i < 8; ++i) bytes_ += static_cast<char>(value >> (8 * i) & 0xff);
}

void WireWriter::put(const std::string& text) {
  put(static_cast<std::uint64_t>(text.size()));
  bytes_ += text;
}

void WireReader::finish() const {
  CF_VALIDATE(left_.empty(), ErrorCode::internal,
              "a message between workers is too long (other builds may be mixed in). start the "
              "same build on all nodes");
}

std::string_view WireReader::cut(std::uint64_t size) {
  CF_VALIDATE(size <= left_.size(), ErrorCode::internal,
              "a message between workers is too short (other builds may be mixed in). start the "
              "same build on all nodes");
  const std::string_view part = left_.substr(0, size);
  left_.remove_prefix(size);
  return part;
}

std::uint64_t WireReader::number() {
  std::uint64_t value = 0;
  const std::string_view bytes = cut(8);
  for (std::size_t i = 0; i < 8; ++i)
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return value;
}

}  // namespace crossfold::fleet
