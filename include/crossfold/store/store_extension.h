#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "crossfold/core/hash.h"
#include "crossfold/samples/sample_table.h"
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

}  // namespace crossfold
