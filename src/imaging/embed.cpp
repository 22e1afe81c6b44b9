#include "crossfold/imaging/embed.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/mistakes.h"
#include "crossfold/imaging/decode.h"
#include "crossfold/imaging/lung_mask.h"
#include "crossfold/imaging/preprocess.h"

#include "embed_journal.h"
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

/// The work on all images: threads take rows in order and write to places of their own.
class ImageWork {
 public:
  ImageWork(const fs::path& folder, std::span<const ImageRow> rows, const Extractor& extractor,
            const EmbedOptions& options)
      : folder_(folder),
        rows_(rows),
        extractor_(extractor),
        preprocessings_(make_preprocessings(options.preprocessings)),
        dim_(extractor.dim()),
        needs_mask_(std::any_of(preprocessings_.begin(), preprocessings_.end(),
                                [](const Preprocessing& p) { return p.needs_mask(); })),
        values_(preprocessings_.size(), std::vector<float>(rows.size() * dim_)),
        reasons_(rows.size()),
        oddities_(rows.size()) {
    Hasher recipes;
    for (const Preprocessing& preprocessing : preprocessings_)
      recipes.text(recipe_hash(extractor_, preprocessing));
    recipe_ = recipes.finish();
    if (options.journal)
      journal_ = std::make_unique<EmbedJournal>(*options.journal, preprocessings_.size() * dim_);
  }

  /// Returns when every row is done; throws what `progress` or (but for bad images) a thread threw.
  void run(int threads, const std::function<void(std::size_t, std::size_t)>& progress) {
    for_each_row(
        rows_.size(), threads, [this](std::size_t row) { embed_row(row); }, progress);
  }

  [[nodiscard]] Embedded result() && {
    Embedded result;
    for (std::size_t row = 0; row < rows_.size(); ++row) {
      if (reasons_[row])
        result.bad.push_back({row, rows_[row].id, rows_[row].path, *reasons_[row]});
      else
        result.rows.push_back(row);
      if (oddities_[row] && !reasons_[row])
        result.odd_masks.push_back({row, rows_[row].id, rows_[row].path, *oddities_[row]});
    }
    for (std::size_t p = 0; p < preprocessings_.size(); ++p) {
      EmbeddingSet& set = result.sets.emplace_back();
      set.info.name = extractor_.name() + "/" + preprocessings_[p].name();
      set.info.rows = result.rows.size();
      set.info.dim = dim_;
      set.info.extractor = extractor_.identity();
      set.info.extractor_hash = recipe_hash(extractor_, preprocessings_[p]);
      set.info.preprocessing = preprocessings_[p].name();
      set.values = std::move(values_[p]);
      keep_rows(set.values, result.rows);
    }
    return result;
  }

 private:
  void embed_row(std::size_t row) {
    try {
      const std::optional<Digest> key = journal_ ? key_of(row) : std::nullopt;
      std::vector<float> numbers(preprocessings_.size() * dim_);
      const bool done = key && journal_->find(*key, numbers);
      if (!done) {
        extract_row(row, numbers);
        if (key) journal_->add(*key, numbers);
      }
      for (std::size_t p = 0; p < preprocessings_.size(); ++p)
        std::copy_n(numbers.begin() + static_cast<std::ptrdiff_t>(p * dim_), dim_,
                    values_[p].begin() + static_cast<std::ptrdiff_t>(row * dim_));
    } catch (const Error& error) {
      if (error.code() != ErrorCode::bad_input && error.code() != ErrorCode::io) throw;
      reasons_[row] = error.message();
    }
  }

  void extract_row(std::size_t row, std::span<float> numbers) {
    const MaskedImage image = read_row(row);
    for (std::size_t p = 0; p < preprocessings_.size(); ++p) {
      const std::span<float> out = numbers.subspan(p * dim_, dim_);
      extractor_.extract(preprocessings_[p].apply(image), out);
      CF_VALIDATE(std::all_of(out.begin(), out.end(), [](float v) { return std::isfinite(v); }),
                  ErrorCode::bad_input,
                  fmt::format("extractor '{}' gives a number that is not finite for it after "
                              "preprocessing '{}'. leave it out",
                              extractor_.name(), preprocessings_[p].name()));
    }
  }

  /// Names the work on one row; nothing where the files cannot be looked at.
  [[nodiscard]] std::optional<Digest> key_of(std::size_t row) const {
    Hasher hasher;
    hasher.text(recipe_.hex());
    std::vector<fs::path> files = {rows_[row].path};
    if (needs_mask_ && rows_[row].mask) files.push_back(*rows_[row].mask);
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

  MaskedImage read_row(std::size_t row) {
    MaskedImage image{read_gray_image(folder_ / rows_[row].path), std::nullopt};
    if (!needs_mask_ || !rows_[row].mask) return image;
    try {
      image.mask =
          read_lung_mask(folder_ / *rows_[row].mask, image.image.width, image.image.height);
    } catch (const Error& error) {
      throw Error(error.code(), "its lung mask " + std::string(error.what()));
    }
    oddities_[row] = mask_oddity(*image.mask);
    return image;
  }

  void keep_rows(std::vector<float>& values, const std::vector<std::size_t>& rows) const {
    for (std::size_t i = 0; i < rows.size(); ++i)
      if (rows[i] != i)
        std::copy_n(values.begin() + static_cast<std::ptrdiff_t>(rows[i] * dim_), dim_,
                    values.begin() + static_cast<std::ptrdiff_t>(i * dim_));
    values.resize(rows.size() * dim_);
  }

  const fs::path& folder_;
  std::span<const ImageRow> rows_;
  const Extractor& extractor_;
  std::vector<Preprocessing> preprocessings_;
  std::size_t dim_;
  bool needs_mask_;
  std::vector<std::vector<float>> values_;            // per preprocessing, [rows, dim]
  std::vector<std::optional<std::string>> reasons_;   // set where an image is bad
  std::vector<std::optional<std::string>> oddities_;  // set where a mask is unlikely
  Digest recipe_;                                     // of all preprocessings together
  std::unique_ptr<EmbedJournal> journal_;
};

void refuse_bad_images(const Embedded& embedded, BadImages bad_images, const fs::path& folder) {
  if (embedded.bad.empty()) return;
  if (bad_images == BadImages::skip && !embedded.rows.empty()) return;
  std::string text =
      fmt::format("{} of {} images cannot be used ({}). {}", embedded.bad.size(),
                  embedded.bad.size() + embedded.rows.size(),
                  embedded.rows.empty() ? "so no embedding set can be made"
                                        : "an embedding set needs all of its rows",
                  bad_images == BadImages::skip
                      ? "mend them, as listed here"
                      : "mend them, as listed here, or leave them out with --skip-bad");
  for (const BadImage& bad : embedded.bad)
    text += fmt::format("\n  sample '{}', {}: {}", bad.id, bad.path.string(), bad.reason);
  throw Error(ErrorCode::bad_input, text, folder.string());
}

}  // namespace

Embedded embed_images(const fs::path& folder, std::span<const ImageRow> rows,
                      const Extractor& extractor, const EmbedOptions& options) {
  CF_EXPECT(options.threads >= 1);
  CF_VALIDATE(!rows.empty(), ErrorCode::bad_input,
              "no images to embed (the manifest has no rows). give at least one", folder.string());
  confine_opencv();
  ImageWork work(folder, rows, extractor, options);
  work.run(options.threads, options.progress);
  Embedded embedded = std::move(work).result();
  refuse_bad_images(embedded, options.bad_images, folder);
  return embedded;
}

}  // namespace crossfold
