#include "crossfold/imaging/embed_results.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/log.h"

#include "embed_journal.h"
#include "row_workers.h"

namespace crossfold {
namespace {

void sort_by_row(std::vector<BadImage>& images) {
  std::sort(images.begin(), images.end(),
            [](const BadImage& a, const BadImage& b) { return a.row < b.row; });
}

}  // namespace

EmbedResults::EmbedResults(const ImageEmbedder& embedder, std::vector<ImageRow> rows,
                           const std::filesystem::path& journal)
    : embedder_(&embedder), rows_(std::move(rows)), records_(rows_.size()) {
  CF_VALIDATE(!rows_.empty(), ErrorCode::bad_input,
              "no images to embed (the manifest has no rows). give at least one",
              embedder.folder().string());
  std::vector<std::string> sets;
  for (const EmbeddingInfo& set : embedder.sets()) sets.push_back(set.name);
  journal_ = std::make_unique<EmbedJournal>(
      journal, EmbedWork{embedder.recipe(), std::move(sets), embedder.numbers()});
  if (journal_->damaged() > 0)
    log_warning(fmt::format("{}: {} of {} finished images are damaged there and are done again",
                            journal.string(), journal_->damaged(),
                            journal_->damaged() + journal_->size()));
  if (journal_->size() > 0) look_up_rows(journal);
}

void EmbedResults::look_up_rows(const std::filesystem::path& journal) {
  std::vector<std::size_t> known;
  for (std::size_t row = 0; row < rows_.size(); ++row)
    if (journal_->has_place(embedder_->place_of(rows_[row]))) known.push_back(row);
  CF_VALIDATE(!known.empty(), ErrorCode::bad_input,
              fmt::format("holds {}, none of them in this manifest (another "
                          "manifest's, or the folder was moved), and is left alone. finish that "
                          "embedding, or delete this file, or name another --store",
                          counted(journal_->size(), "finished image")),
              journal.string());
  std::vector<std::optional<Digest>> keys(known.size());  // files are read: on all cores
  for_each_row(known.size(), usable_threads(),
               [&](std::size_t i) { keys[i] = embedder_->key_of(rows_[known[i]]); });
  for (std::size_t i = 0; i < known.size(); ++i) {
    const std::size_t row = known[i];
    if (keys[i]) records_[row] = journal_->find(*keys[i]);
    if (!records_[row]) continue;
    ++recorded_;
    const JournalNote note = journal_->note(*records_[row]);
    note_oddities(row, note.about_image, note.about_mask);
  }
}

bool EmbedResults::journal_is_empty() const { return journal_->size() == 0; }

void EmbedResults::note_oddities(std::size_t row, const std::string& image,
                                 const std::string& mask) {
  const ImageRow& of = rows_[row];
  if (!image.empty()) blank_.push_back({row, of.id, of.path, image});
  if (!mask.empty()) odd_masks_.push_back({row, of.id, of.path, mask});
}

EmbedResults::~EmbedResults() = default;

std::vector<std::size_t> EmbedResults::missing() const {
  std::vector<bool> known(rows_.size(), false);
  for (std::size_t row = 0; row < rows_.size(); ++row) known[row] = records_[row].has_value();
  for (const BadImage& bad : bad_) known[bad.row] = true;
  std::vector<std::size_t> missing;
  for (std::size_t row = 0; row < rows_.size(); ++row)
    if (!known[row]) missing.push_back(row);
  return missing;
}

void EmbedResults::add(std::size_t row, const EmbeddedImage& image) {
  const ImageRow& of = rows_.at(row);
  if (image.problem) {
    bad_.push_back({row, of.id, of.path, *image.problem});
    return;
  }
  const JournalNote note{.key = image.key,
                         .image = image.image,
                         .place = embedder_->place_of(of),
                         .about_image = image.image_oddity.value_or(""),
                         .about_mask = image.mask_oddity.value_or("")};
  note_oddities(row, note.about_image, note.about_mask);
  if (!records_[row]) ++recorded_;
  records_[row] = journal_->add(note, image.numbers);
}

void EmbedResults::flush() { journal_->flush(); }

Embedded EmbedResults::result(BadImages bad_images) const {
  CF_EXPECT(missing().empty());
  Embedded embedded{
      .rows = {}, .sets = {}, .images = {}, .bad = bad_, .blank = blank_, .odd_masks = odd_masks_};
  sort_by_row(embedded.bad);
  sort_by_row(embedded.blank);
  sort_by_row(embedded.odd_masks);
  for (std::size_t row = 0; row < rows_.size(); ++row)
    if (records_[row]) embedded.rows.push_back(row);
  for (const std::size_t row : embedded.rows)
    embedded.images.push_back(journal_->note(*records_[row]).image);
  refuse_bad_images(embedded, bad_images);
  for (std::size_t set = 0; set < embedder_->sets().size(); ++set)
    embedded.sets.push_back(source_of(set, embedded.rows));
  return embedded;
}

EmbeddingSource EmbedResults::source_of(std::size_t set,
                                        const std::vector<std::size_t>& rows) const {
  EmbeddingSource source{.info = embedder_->sets()[set], .read = {}};
  source.info.rows = rows.size();
  const std::size_t dim = source.info.dim;
  std::vector<std::size_t> records;
  records.reserve(rows.size());
  for (const std::size_t row : rows) records.push_back(*records_[row]);
  source.read = [this, set, dim, records](std::size_t first, std::span<float> out) {
    for (std::size_t i = 0; i < out.size() / dim; ++i)
      journal_->read(records[first + i], set * dim, out.subspan(i * dim, dim));
  };
  return source;
}

void EmbedResults::refuse_bad_images(const Embedded& embedded, BadImages bad_images) const {
  if (embedded.bad.empty()) return;
  if (bad_images == BadImages::skip && !embedded.rows.empty()) return;
  const std::string text =
      fmt::format("{} of {} images cannot be used ({}). {}", embedded.bad.size(), rows_.size(),
                  embedded.rows.empty() ? "so no embedding set can be made"
                                        : "an embedding set needs all of its rows",
                  bad_images == BadImages::skip
                      ? "mend them, as listed here"
                      : "mend them, as listed here, or leave them out with --skip-bad");
  throw Error(ErrorCode::bad_input, text + listed(embedded.bad), embedder_->folder().string());
}

}  // namespace crossfold
