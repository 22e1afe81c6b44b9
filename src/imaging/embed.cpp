#include "crossfold/imaging/embed.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/lung_mask.h"

#include "row_workers.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::vector<Preprocessing> make_preprocessings(const std::vector<std::string>& names) {
  Mistakes mistakes;
  if (names.empty())
    mistakes.add("", "no preprocessing named (no set to make). name at least 'raw'");
  std::vector<Preprocessing> made;
  for (const std::string& name : names) {
    try {
      Preprocessing preprocessing(name);
      const bool repeated = std::any_of(made.begin(), made.end(), [&](const Preprocessing& other) {
        return other.name() == preprocessing.name();
      });
      if (repeated)
        mistakes.add("", fmt::format("preprocessing '{}' named twice (a set is made once). name it "
                                     "once",
                                     name));
      made.push_back(std::move(preprocessing));
    } catch (const Error& error) {
      mistakes.add("", error.message());
    }
  }
  mistakes.throw_if_any(ErrorCode::bad_input, "preprocessings");
  return made;
}

/// Over all that makes the numbers of a set.
std::string recipe_hash(const Extractor& extractor, const Preprocessing& preprocessing) {
  const std::optional<Digest> weights = extractor.weights();
  return Hasher()
      .text(extractor.identity())
      .text(weights ? weights->hex() : "")
      .text(preprocessing.name())
      .finish()
      .hex();
}

}  // namespace

ImageEmbedder::ImageEmbedder(fs::path folder, const Extractor& extractor,
                             const std::vector<std::string>& preprocessings)
    : folder_(std::move(folder)),
      extractor_(&extractor),
      preprocessings_(make_preprocessings(preprocessings)),
      needs_mask_(std::any_of(preprocessings_.begin(), preprocessings_.end(),
                              [](const Preprocessing& p) { return p.needs_mask(); })) {
  confine_opencv();
  Hasher recipes;
  for (const Preprocessing& preprocessing : preprocessings_) {
    EmbeddingInfo& set = sets_.emplace_back();
    set.name = extractor.name() + "/" + preprocessing.name();
    set.dim = extractor.dim();
    set.extractor = extractor.identity();
    set.extractor_hash = recipe_hash(extractor, preprocessing);
    set.preprocessing = preprocessing.name();
    recipes.text(set.extractor_hash);
  }
  recipe_ = recipes.finish();
}

std::optional<Digest> ImageEmbedder::key_of(const ImageRow& row) const {
  Hasher hasher;
  hasher.text(recipe_.hex());
  std::vector<fs::path> files = {row.path};
  if (needs_mask_ && row.mask) files.push_back(*row.mask);
  for (const fs::path& file : files) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(folder_ / file, error);
    if (error) return std::nullopt;
    const auto time = fs::last_write_time(folder_ / file, error);
    if (error) return std::nullopt;
    hasher.text((folder_ / file).lexically_normal().string())
        .number(size)
        .number(static_cast<std::uint64_t>(time.time_since_epoch().count()));
  }
  return hasher.finish();
}

EmbeddedImage ImageEmbedder::embed(const ImageRow& row) const {
  EmbeddedImage image;
  try {
    const std::optional<Digest> key = key_of(row);  // as the files are before they are read
    extract(row, image);
    CF_VALIDATE(key, ErrorCode::io, "has changed while it was read. run again");
    image.key = *key;
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
    image.numbers.clear();
    image.problem = error.message();
  }
  return image;
}

void ImageEmbedder::extract(const ImageRow& row, EmbeddedImage& image) const {
  const MaskedImage pixels = read(row, image);
  const std::size_t dim = extractor_->dim();
  image.numbers.resize(numbers());
  for (std::size_t p = 0; p < preprocessings_.size(); ++p) {
    const std::span<float> out = std::span(image.numbers).subspan(p * dim, dim);
    extractor_->extract(preprocessings_[p].apply(pixels), out);
    CF_VALIDATE(std::all_of(out.begin(), out.end(), [](float v) { return std::isfinite(v); }),
                ErrorCode::bad_input,
                fmt::format("extractor '{}' gives a number that is not finite for it after "
                            "preprocessing '{}'. leave it out",
                            extractor_->name(), preprocessings_[p].name()));
  }
}

MaskedImage ImageEmbedder::read(const ImageRow& row, EmbeddedImage& image) const {
  MaskedImage pixels{read_gray_image(folder_ / row.path), std::nullopt};
  if (!needs_mask_ || !row.mask) return pixels;
  try {
    pixels.mask = read_lung_mask(folder_ / *row.mask, pixels.image.width, pixels.image.height);
  } catch (const Error& error) {
    throw Error(error.code(), "its lung mask " + std::string(error.what()));
  }
  image.mask_oddity = mask_oddity(*pixels.mask);
  return pixels;
}

void embed_images(const ImageEmbedder& embedder, std::span<const ImageRow> rows, int threads,
                  const std::function<void(std::size_t, EmbeddedImage)>& take,
                  const std::atomic<bool>* cancel) {
  CF_EXPECT(threads >= 1);
  for_each_row(rows.size(), threads, [&](std::size_t row) {
    if (cancel == nullptr || !*cancel) take(row, embedder.embed(rows[row]));
  });
}

}  // namespace crossfold
