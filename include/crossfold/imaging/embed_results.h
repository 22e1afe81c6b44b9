#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crossfold/imaging/embed.h"
#include "crossfold/store/store.h"

namespace crossfold {

/// What to do with images that cannot be read.
enum class BadImages {
  fail,  ///< once all images are looked at, throw one Error that lists the bad ones
  skip,  ///< leave their rows out and report them
};

struct Embedded {
  std::vector<std::size_t> rows;      ///< rows of the input that the sets hold, ascending
  std::vector<EmbeddingSource> sets;  ///< as ImageEmbedder::sets, [rows.size(), dim]
  std::vector<Digest> images;         ///< SHA-256 of the file of each row's image, [rows.size()]
  std::vector<BadImage> bad;          ///< by row
  std::vector<BadImage> blank;      ///< in the sets, but blank or nearly so (image_oddity); by row
  std::vector<BadImage> odd_masks;  ///< in the sets, but with an unlikely lung mask; by row
};

class EmbedJournal;

/// Collects what became of the images of a manifest. Numbers go to a file as they come, its
/// journal, and stay there: what is in memory is a few words an image. Work that was stopped or
/// killed goes on where it was: an image that is in the journal with the same recipe and content
/// (and its mask's, where that is used) is not done again. For one thread at a time.
class EmbedResults {
 public:
  /// Opens or creates the journal and looks up the images in it. Error{bad_input} for no rows, for
  /// a file that is no journal of these sets, and for one that has no image of these rows;
  /// Error{io}. `embedder` must outlive this.
  EmbedResults(const ImageEmbedder& embedder, std::vector<ImageRow> rows,
               const std::filesystem::path& journal);
  ~EmbedResults();
  EmbedResults(const EmbedResults&) = delete;
  EmbedResults& operator=(const EmbedResults&) = delete;

  [[nodiscard]] const std::vector<ImageRow>& rows() const { return rows_; }
  /// Rows of which nothing is known yet, ascending.
  [[nodiscard]] std::vector<std::size_t> missing() const;
  /// Rows whose numbers are in the journal.
  [[nodiscard]] std::size_t recorded() const { return recorded_; }
  /// True when the journal holds no image's numbers at all, of these rows or others.
  [[nodiscard]] bool journal_is_empty() const;

  /// Error{io} when it cannot be written.
  void add(std::size_t row, const EmbeddedImage& image);
  /// Returns once all that was added is on disk.
  void flush();

  /// When nothing is missing. The sets read from the journal, as long as this object lives.
  /// Error{bad_input} naming every bad image (id, path, reason) with BadImages::fail, or when none
  /// can be used. The sets' `read` throws Error{io} when the journal was changed by others.
  [[nodiscard]] Embedded result(BadImages bad_images) const;

 private:
  /// Finds the rows that are done.
  void look_up_rows(const std::filesystem::path& journal);
  void note_oddities(std::size_t row, const std::string& image, const std::string& mask);
  [[nodiscard]] EmbeddingSource source_of(std::size_t set,
                                          const std::vector<std::size_t>& rows) const;
  void refuse_bad_images(const Embedded& embedded, BadImages bad_images) const;

  const ImageEmbedder* embedder_;
  std::vector<ImageRow> rows_;
  std::unique_ptr<EmbedJournal> journal_;
  std::vector<std::optional<std::size_t>> records_;  ///< by row: its record in the journal
  std::vector<BadImage> bad_;
  std::vector<BadImage> blank_;
  std::vector<BadImage> odd_masks_;
  std::size_t recorded_ = 0;
};

}  // namespace crossfold
