#include "crossfold/hdf5/file_header.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <fstream>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold::hdf5 {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
using Superblock = std::array<char, 64>;

std::uint64_t number_at(const Superblock& block, std::size_t offset) {
  std::uint64_t value = 0;  // the format is little-endian, as are the hosts we build for
  std::memcpy(&value, block.data() + offset, sizeof value);
  return value;
}

/// Place of "End of File Address" when addresses have 8 bytes, by superblock version.
std::optional<std::uint64_t> stated_end(const Superblock& block) {
  switch (block[8]) {
    case 0:
      return block[13] == 8 ? std::optional(number_at(block, 40)) : std::nullopt;
    case 1:
      return block[13] == 8 ? std::optional(number_at(block, 44)) : std::nullopt;
    case 2:
    case 3:
      return block[9] == 8 ? std::optional(number_at(block, 28)) : std::nullopt;
    default:
      return std::nullopt;
  }
}

/// By the file consistency flags: bit 0 for a writer, bit 2 for one that readers may follow.
FileHeader::Writer writer_of(const Superblock& block) {
  const bool has_flags = block[8] == 2 || block[8] == 3;
  return has_flags && (block[11] & 0x05) != 0 ? FileHeader::Writer::open : FileHeader::Writer::none;
}

}  // namespace

FileHeader read_file_header(const std::filesystem::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  const auto size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
  CF_VALIDATE(size >= 0, ErrorCode::io,
              fmt::format("cannot read ({})", std::generic_category().message(errno)),
              path.string());
  FileHeader header;
  header.actual_bytes = static_cast<std::uint64_t>(size);
  // A superblock begins at 0, 512, 1024, 2048, ...
  for (std::uint64_t place = 0; place < header.actual_bytes; place = place == 0 ? 512 : 2 * place) {
    Superblock block{};
    file.clear();
    file.seekg(static_cast<std::streamoff>(place));
    file.read(block.data(), block.size());
    const auto got = static_cast<std::size_t>(file.gcount());
    if (got < kSignature.size() || std::string_view(block.data(), kSignature.size()) != kSignature)
      continue;
    header.signature = FileHeader::Signature::present;
    header.version = static_cast<std::uint8_t>(block[8]);
    header.writer = writer_of(block);
    if (got == block.size()) header.stated_bytes = stated_end(block);
    break;
  }
  return header;
}

}  // namespace crossfold::hdf5
