#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace crossfold {

/// Names and bounds of the store's format; data-schemas/store.md describes them for others.
namespace store_format {

inline constexpr const char* kFormat = "crossfold-store";
inline constexpr std::int64_t kVersion = 1;

inline constexpr const char* kLabelHash = "label_sha256";      ///< of /samples
inline constexpr const char* kContentHash = "content_sha256";  ///< of attributes and matrices

inline constexpr const char* kImages = "images";     ///< group, of what the samples' images are
inline constexpr const char* kImageHash = "sha256";  ///< in it: uint8 [N, 32]

inline constexpr std::uint64_t kMaxSamples = 20'000'000;
inline constexpr std::uint64_t kMaxDim = 1'000'000;
inline constexpr std::size_t kMaxLevels = 65'536;
inline constexpr std::size_t kMaxEntries = 65'536;  ///< of one group

}  // namespace store_format

/// "<extractor>/<preprocessing>" taken apart; nothing when it is not of that form.
[[nodiscard]] std::optional<std::pair<std::string, std::string>> split_embedding_name(
    const std::string& name);

/// How many rows of a matrix to read or write at once: about 4 MiB, in whole chunks (`chunk_rows`
/// is 0 where there are none).
[[nodiscard]] std::uint64_t rows_at_once(std::uint64_t chunk_rows, std::uint64_t dim);

}  // namespace crossfold
