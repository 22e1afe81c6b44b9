#include "crossfold/study/image_blocks.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

#include "crossfold/core/bytes.h"
#include "crossfold/core/error.h"

namespace crossfold {
namespace {

struct WireRow {
  std::uint64_t row = 0;
  std::string path;
  std::string mask;  ///< empty: none
  static void fields(auto& wire, auto& r) { wire(r.row, r.path, r.mask); }
};

struct WireImage {
  std::uint64_t row = 0;
  std::string key;
  std::string image;
  std::string numbers;
  std::string problem;  ///< empty: none; so too the next two
  std::string image_oddity;
  std::string mask_oddity;
  static void fields(auto& wire, auto& i) {
    wire(i.row, i.key, i.image, i.numbers, i.problem, i.image_oddity, i.mask_oddity);
  }
};

std::string bytes_of(const Digest& digest) { return {digest.bytes.begin(), digest.bytes.end()}; }

Digest digest_of(const std::string& bytes) {
  Digest digest;
  CF_EXPECT(bytes.size() == digest.bytes.size());
  std::copy(bytes.begin(), bytes.end(), digest.bytes.begin());
  return digest;
}

std::optional<std::string> unless_empty(std::string text) {
  if (text.empty()) return std::nullopt;
  return text;
}

}  // namespace

std::string encode_rows(std::span<const RowToEmbed> rows) {
  std::vector<WireRow> wire;
  wire.reserve(rows.size());
  for (const RowToEmbed& row : rows)
    wire.push_back({row.row, row.image.path, row.image.mask.value_or("")});
  return to_bytes(wire);
}

std::vector<RowToEmbed> decode_rows(std::string_view bytes) {
  std::vector<RowToEmbed> rows;
  for (const WireRow& wire : from_bytes<std::vector<WireRow>>(bytes)) {
    RowToEmbed& row = rows.emplace_back(RowToEmbed{wire.row, {.id = {}, .path = wire.path}});
    if (!wire.mask.empty()) row.image.mask = wire.mask;
  }
  return rows;
}

std::string encode_images(std::span<const RowEmbedded> images) {
  std::vector<WireImage> wire;
  wire.reserve(images.size());
  for (const auto& [row, image] : images) {
    const std::span<const std::byte> numbers = std::as_bytes(std::span(image.numbers));
    wire.push_back({row,
                    bytes_of(image.key),
                    bytes_of(image.image),
                    {reinterpret_cast<const char*>(numbers.data()), numbers.size()},
                    image.problem.value_or(""),
                    image.image_oddity.value_or(""),
                    image.mask_oddity.value_or("")});
  }
  return to_bytes(wire);
}

std::vector<RowEmbedded> decode_images(std::string_view bytes) {
  std::vector<RowEmbedded> images;
  for (WireImage& wire : from_bytes<std::vector<WireImage>>(bytes)) {
    auto& [row, image] = images.emplace_back();
    row = wire.row;
    image.key = digest_of(wire.key);
    image.image = digest_of(wire.image);
    image.numbers.resize(wire.numbers.size() / sizeof(float));
    if (!image.numbers.empty())
      std::memcpy(image.numbers.data(), wire.numbers.data(), wire.numbers.size());
    image.problem = unless_empty(std::move(wire.problem));
    image.image_oddity = unless_empty(std::move(wire.image_oddity));
    image.mask_oddity = unless_empty(std::move(wire.mask_oddity));
  }
  return images;
}

std::vector<fleet::WorkItem> image_blocks(std::span<const ImageRow> rows,
                                          std::span<const std::size_t> missing,
                                          const Sharers& sharers) {
  CF_EXPECT(sharers.workers > 0 && sharers.threads > 0);
  // So many that the way to the coordinator and back, and threads that wait for a block's last
  // image, count little; so few that little is lost with a rank.
  constexpr std::size_t kMost = 32;   // for each thread
  constexpr std::size_t kShares = 4;  // of a worker in what is left
  std::vector<fleet::WorkItem> items;
  for (std::size_t size = 0; !missing.empty(); missing = missing.subspan(size)) {
    size = std::clamp(missing.size() / (sharers.workers * kShares), sharers.threads,
                      kMost * sharers.threads);
    size = std::min(size, missing.size());
    std::vector<RowToEmbed> block;
    for (const std::size_t row : missing.first(size)) block.push_back({row, rows[row]});
    items.push_back({.id = fleet::ItemId(items.size()),
                     .cost = static_cast<double>(block.size()),
                     .bytes = encode_rows(block)});
  }
  return items;
}

fleet::Outcome ImageRunner::run(const fleet::WorkItem& item, const std::atomic<bool>& cancel) {
  const std::vector<RowToEmbed> rows = decode_rows(item.bytes);
  std::vector<ImageRow> images;
  images.reserve(rows.size());
  for (const RowToEmbed& row : rows) images.push_back(row.image);
  std::vector<std::optional<EmbeddedImage>> done(rows.size());  // a place for each: no lock
  embed_images(
      *embedder_, images, threads_,
      [&](std::size_t i, EmbeddedImage image) { done[i] = std::move(image); }, &cancel);
  std::vector<RowEmbedded> results;
  std::vector<RowToEmbed> left;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (done[i])
      results.push_back({rows[i].row, std::move(*done[i])});
    else
      left.push_back(rows[i]);
  }
  fleet::Outcome outcome;
  if (!results.empty()) outcome.results = encode_images(results);
  if (!left.empty())
    outcome.left.push_back({.bytes = encode_rows(left), .cost = static_cast<double>(left.size())});
  return outcome;
}

}  // namespace crossfold
