#include "crossfold/imaging/embed.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/image_oddity.h"
#include "crossfold/imaging/lung_mask.h"

#include "row_workers.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::vector<Preprocessing> make_preprocessings(const std::vector<std::string>& names) {
  ValidationErrors errors;
  if (names.empty()) errors.add("", "no preprocessing named (no set to make). name at least 'raw'");
  std::vector<Preprocessing> made;
  for (const std::string& name : names) {
    try {
      Preprocessing preprocessing(name);
      const bool repeated = std::any_of(made.begin(), made.end(), [&](const Preprocessing& other) {
        return other.name() == preprocessing.name();
      });
      if (repeated)
        errors.add("", fmt::format("preprocessing '{}' named twice (a set is made once). name it "
                                   "once",
                                   name));
      made.push_back(std::move(preprocessing));
    } catch (const Error& error) {
      errors.add("", error.message());
    }
  }
  errors.throw_if_any(ErrorCode::usage, "preprocessings");
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

[[noreturn]] void throw_mask_error(const Error& error) {
  throw Error(error.code(), "its lung mask " + std::string(error.what()));
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

ImageEmbedder::Files ImageEmbedder::read_files(const ImageRow& row) const {
  Files files{.image = read_image_bytes(folder_ / row.path)};
  if (needs_mask_ && row.mask) try {
      files.mask = read_image_bytes(folder_ / *row.mask);
    } catch (const Error& error) {
      throw_mask_error(error);
    }
  return files;
}

Digest ImageEmbedder::key_for(const Digest& image, const Files& files) const {
  return Hasher()
      .text(recipe_.hex())
      .text(image.hex())
      .text(files.mask ? sha256(*files.mask).hex() : "")
      .finish();
}

std::optional<Digest> ImageEmbedder::key_of(const ImageRow& row) const try {
  const Files files = read_files(row);
  return key_for(sha256(files.image), files);
} catch (const Error&) {
  return std::nullopt;
}

std::optional<Digest> ImageEmbedder::image_of(const ImageRow& row) const try {
  return sha256(read_image_bytes(folder_ / row.path));
} catch (const Error&) {
  return std::nullopt;
}

std::uint64_t ImageEmbedder::place_of(const ImageRow& row) const {
  const auto absolute = [&](const std::string& path) {
    return (folder_ / path).lexically_normal().string();
  };
  const Digest digest = Hasher()
                            .text(absolute(row.path))
                            .text(needs_mask_ && row.mask ? absolute(*row.mask) : "")
                            .finish();
  std::uint64_t place = 0;
  std::memcpy(&place, digest.bytes.data(), sizeof place);
  return place;
}

EmbeddedImage ImageEmbedder::embed(const ImageRow& row) const {
  EmbeddedImage image;
  try {
    const Files files = read_files(row);
    image.image = sha256(files.image);
    image.key = key_for(image.image, files);
    extract(decode(row, files, image), image);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
    image.numbers.clear();
    image.problem = error.message();
  }
  return image;
}

MaskedImage ImageEmbedder::decode(const ImageRow& row, const Files& files,
                                  EmbeddedImage& image) const {
  MaskedImage pixels{decode_gray(files.image, (folder_ / row.path).string()), std::nullopt};
  image.image_oddity = image_oddity(pixels.image);
  if (!files.mask) return pixels;
  try {
    LungMask mask = decode_lung_mask(*files.mask, (folder_ / *row.mask).string(),
                                     pixels.image.width, pixels.image.height);
    image.mask_oddity = mask.oddity;
    pixels.mask = std::move(mask.pixels);
  } catch (const Error& error) {
    throw_mask_error(error);
  }
  return pixels;
}

void ImageEmbedder::extract(MaskedImage pixels, EmbeddedImage& image) const {
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

std::vector<std::optional<Digest>> image_hashes(const ImageEmbedder& embedder,
                                                std::span<const ImageRow> rows, int threads) {
  std::vector<std::optional<Digest>> hashes(rows.size());
  for_each_row(rows.size(), threads,
               [&](std::size_t row) { hashes[row] = embedder.image_of(rows[row]); });
  return hashes;
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
