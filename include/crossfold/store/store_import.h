#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/manifest/manifest.h"
#include "crossfold/store/store.h"

namespace crossfold {

/// What to do when the store holds an embedding set of that name already.
enum class SameName { refuse, replace };
/// What to do where the images of new sets are not those that the store's sets were made of.
enum class OtherImages { refuse, accept };
/// What became of the store's file.
enum class StoreChange { created, extended };

/// Writes a new store or, when one stands there, adds the sets to it: it must hold the same samples
/// in the same order, and is rewritten whole. Attributes that it lacks are added. Error{bad_input}
/// lists every difference.
StoreChange add_to_store(const std::filesystem::path& path, const SampleTable& samples,
                         const std::vector<EmbeddingSet>& sets, SameName same_name);

/// What stands at `path`, to be extended; nothing when nothing does. As open_store: before threads
/// or MPI start.
[[nodiscard]] std::optional<StoreContents> open_store_if_there(const std::filesystem::path& path);

/// Error{bad_input} naming each of the sets that `store` has already.
void refuse_same_names(const StoreContents& store, const std::vector<std::string>& names);

/// Error{bad_input} where `samples` cannot be those of further sets of `store`, as add_to_store
/// would find it when the sets are there.
void refuse_other_samples(const StoreContents& store, const SampleTable& samples);

/// What new sets were made of.
struct SourceImages {
  std::vector<Digest> hashes = {};  ///< [N] as StoreContents::images; empty: of no image files
  OtherImages others = OtherImages::refuse;
};

/// Error{bad_input} naming samples whose image is not the one that sets of `store` were made of,
/// where some of these stay beside the new sets, called `names`. `hashes` are of its first samples,
/// none for a file that cannot be read.
void refuse_other_images(const StoreContents& store, const std::vector<std::string>& names,
                         std::span<const std::optional<Digest>> hashes);

/// The first of these in two steps, for sets that take long to make: `before` is what
/// open_store_if_there said. A few MiB of numbers at a time are in memory. Error{bad_input} also
/// when the store has changed or come up since.
StoreChange add_to_store(const std::filesystem::path& path, std::optional<StoreContents> before,
                         const SampleTable& samples, std::vector<EmbeddingSource> sets,
                         SameName same_name, SourceImages images = {});

/// One matrix to import.
struct MatrixSource {
  std::string name;            ///< "<extractor>/<preprocessing>"
  std::filesystem::path file;  ///< .npy or .csv
};

/// "NAME=FILE" taken apart; Error{usage} for anything else.
[[nodiscard]] MatrixSource parse_matrix_source(const std::string& text);

/// What to do with a column of numbers that gives class or domain away.
enum class LabelColumns { refuse, allow };

struct ImportRequest {
  std::filesystem::path store;
  std::filesystem::path manifest;
  ColumnMapping columns;
  ValueRules values = {};
  std::vector<MatrixSource> matrices;
  /// Columns of the matrices that are features: titles, numbers from 1, FIRST..LAST. Empty: all but
  /// the ids, and none of them may look like an index.
  std::vector<std::string> features = {};
  LabelColumns label_columns = LabelColumns::refuse;
  SameName same_name = SameName::refuse;
};

/// What an import did, to be shown.
struct ImportReport {
  struct Set {
    std::string name;
    std::filesystem::path file;
    std::size_t dim = 0;
    enum class Rows { in_order, by_id } rows = Rows::in_order;  ///< how rows found their samples
  };
  StoreChange change = StoreChange::created;
  std::size_t samples = 0;
  std::vector<ManifestColumn> columns;
  std::vector<std::string> notes;
  std::vector<std::string> warnings;
  std::vector<Set> sets;
};

/// Makes a store, or adds to one, from a manifest and a matrix for each embedding set. Rows of a
/// matrix without ids stand in the manifest's order; rows with ids are put into it. A column that
/// looks like an index, or that gives a label away, is refused unless the request says otherwise.
/// Error{bad_input} lists every error of all files, Error{io}.
ImportReport import_store(const ImportRequest& request);

}  // namespace crossfold
