#include "crossfold/store/store_extension.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/first_named.h"
#include "crossfold/core/validation_errors.h"

#include "embedding_sources.h"

namespace crossfold {
namespace {

std::string shown(const std::string* label) {
  return label == nullptr ? "missing" : fmt::format("'{}'", *label);
}

/// The first difference of two tables, attributes aside, as an error of its column.
void compare_samples(const SampleTable& stored, const SampleTable& given,
                     ValidationErrors& errors) {
  if (stored.size() != given.size()) {
    errors.add("/samples/id", fmt::format("the store holds {} samples, {} are given (sets of one "
                                          "store share its samples). choose another store",
                                          stored.size(), given.size()));
    return;
  }
  const auto compare = [&](const std::string& column, auto&& value_of) {
    for (std::size_t row = 0; row < stored.size(); ++row) {
      const std::string before = value_of(stored, row);
      const std::string now = value_of(given, row);
      if (before == now) continue;
      errors.add("/samples/" + column,
                 fmt::format("row {} is {} in the store and {} in what is given (sets of one "
                             "store share its samples). choose another store",
                             row, before, now));
      return;
    }
  };
  compare("id", [](const SampleTable& t, std::size_t row) { return shown(&t.id[row]); });
  compare("group", [](const SampleTable& t, std::size_t row) { return shown(&t.group[row]); });
  compare("class",
          [](const SampleTable& t, std::size_t row) { return shown(t.class_label.name_of(row)); });
  compare("domain",
          [](const SampleTable& t, std::size_t row) { return shown(t.domain.name_of(row)); });
  compare("role", [](const SampleTable& t, std::size_t row) { return shown(t.role.name_of(row)); });
}

/// Equal value by value, whatever the order of the levels; a missing value equals a missing one.
bool same_values(const Attribute& a, const Attribute& b) {
  if (a.values.index() != b.values.index()) return false;
  if (const auto* names = std::get_if<CodedColumn>(&a.values)) {
    const auto& others = std::get<CodedColumn>(b.values);
    for (std::size_t row = 0; row < names->codes.size(); ++row)
      if (shown(names->name_of(row)) != shown(others.name_of(row))) return false;
    return true;
  }
  const auto& x = std::get<std::vector<double>>(a.values);
  const auto& y = std::get<std::vector<double>>(b.values);
  return std::equal(x.begin(), x.end(), y.begin(), y.end(),
                    [](double u, double v) { return u == v || (std::isnan(u) && std::isnan(v)); });
}

void merge_attributes(SampleTable& stored, const SampleTable& given, ValidationErrors& errors) {
  for (const Attribute& attribute : given.attributes) {
    const auto found =
        std::find_if(stored.attributes.begin(), stored.attributes.end(),
                     [&](const Attribute& other) { return other.name == attribute.name; });
    if (found == stored.attributes.end())
      stored.attributes.push_back(attribute);
    else if (!same_values(*found, attribute))
      errors.add("/attributes/" + attribute.name,
                 "differs between the store and what is given (which is right cannot be told). "
                 "correct one of them");
  }
}

void find_same_names(const StoreContents& store, const std::set<std::string>& names,
                     ValidationErrors& errors) {
  for (const EmbeddingInfo& info : store.embeddings)
    if (names.contains(info.name))
      errors.add("/embeddings/" + info.name,
                 "is in the store already. give the new set another "
                 "name, or ask for it to be replaced");
}

/// Whether a set of the store stays that is none of `names`.
bool keeps_sets(const StoreContents& store, const std::set<std::string>& names) {
  return std::any_of(store.embeddings.begin(), store.embeddings.end(),
                     [&](const EmbeddingInfo& info) { return !names.contains(info.name); });
}

void compare_images(const StoreContents& store, std::span<const std::optional<Digest>> hashes,
                    ValidationErrors& errors) {
  CF_EXPECT(hashes.size() <= store.images.size());
  std::vector<std::string> other;
  for (std::size_t row = 0; row < hashes.size(); ++row)
    if (hashes[row] && *hashes[row] != store.images[row])
      other.push_back("'" + store.samples.id[row] + "'");
  if (other.empty()) return;
  errors.add(
      "/images",
      fmt::format("{} of {} samples have another image than when the store's sets were made: "
                  "{} (sets of one store are of the same images). give the same files, or "
                  "choose another store; --other-images where they are meant to differ",
                  other.size(), hashes.size(), first_named(other)));
}

/// The store's images, of which each set is, or those of the new sets.
void merge_images(StoreContents& store, const std::set<std::string>& names, SourceImages given,
                  ValidationErrors& errors) {
  if (given.hashes.empty()) return;
  if (store.images.empty() || !keeps_sets(store, names))
    store.images = std::move(given.hashes);
  else if (given.others == OtherImages::refuse)
    compare_images(store,
                   std::vector<std::optional<Digest>>(given.hashes.begin(), given.hashes.end()),
                   errors);
}

std::set<std::string> names_of(const std::vector<EmbeddingSource>& sets) {
  std::set<std::string> names;
  for (const EmbeddingSource& set : sets) names.insert(set.info.name);
  return names;
}

/// The store's sets with the given ones among them.
std::vector<EmbeddingSource> merge_sets(const StoreContents& store,
                                        std::vector<EmbeddingSource> given, SameName same_name,
                                        ValidationErrors& errors) {
  const std::set<std::string> names = names_of(given);
  if (same_name == SameName::refuse) find_same_names(store, names, errors);
  if (!errors.empty()) return {};
  for (const EmbeddingInfo& info : store.embeddings)
    if (!names.contains(info.name)) given.push_back(stored_source(store.path, info));
  return given;
}

bool store_is_there(const std::filesystem::path& path) {
  std::error_code unknown;  // what cannot be looked at cannot be written either, and says so then
  return std::filesystem::exists(path, unknown);
}

/// Whoever added a set meanwhile would lose it. `path` as given, for the message.
void check_is_as_before(const StoreContents& before, const std::filesystem::path& path) {
  CF_VALIDATE(!before.state || state_of_file(before.path) == *before.state, ErrorCode::bad_input,
              "has changed since it was read (what was added to it meanwhile would be lost). run "
              "again to add to it",
              path.string());
}

void check_is_still_absent(const std::filesystem::path& path) {
  CF_VALIDATE(!store_is_there(path), ErrorCode::bad_input,
              "has come up since it was looked for (it would be overwritten). run again to add "
              "to it",
              path.string());
}

}  // namespace

StoreChange add_to_store(const std::filesystem::path& path, const SampleTable& samples,
                         const std::vector<EmbeddingSet>& sets, SameName same_name) {
  std::vector<EmbeddingSource> sources;
  sources.reserve(sets.size());
  for (const EmbeddingSet& set : sets) sources.push_back(source_of(set));
  return add_to_store(path, open_store_if_there(path), samples, std::move(sources), same_name);
}

std::optional<StoreContents> open_store_if_there(const std::filesystem::path& path) {
  if (!store_is_there(path)) return std::nullopt;
  return open_store(path);
}

void refuse_same_names(const StoreContents& store, const std::vector<std::string>& names) {
  ValidationErrors errors;
  find_same_names(store, {names.begin(), names.end()}, errors);
  errors.throw_if_any(ErrorCode::bad_input, store.path.string());
}

void refuse_other_samples(const StoreContents& store, const SampleTable& samples) {
  ValidationErrors errors;
  compare_samples(store.samples, samples, errors);
  SampleTable merged = store.samples;
  if (errors.empty()) merge_attributes(merged, samples, errors);
  errors.throw_if_any(ErrorCode::bad_input, store.path.string());
}

void refuse_other_images(const StoreContents& store, const std::vector<std::string>& names,
                         std::span<const std::optional<Digest>> hashes) {
  if (store.images.empty() || !keeps_sets(store, {names.begin(), names.end()})) return;
  ValidationErrors errors;
  compare_images(store, hashes, errors);
  errors.throw_if_any(ErrorCode::bad_input, store.path.string());
}

StoreChange add_to_store(const std::filesystem::path& path, std::optional<StoreContents> before,
                         const SampleTable& samples, std::vector<EmbeddingSource> sets,
                         SameName same_name, SourceImages images) {
  if (!before) {
    check_is_still_absent(path);
    write_store_in_blocks(path, samples, sets, images.hashes, [&] { check_is_still_absent(path); });
    return StoreChange::created;
  }
  check_is_as_before(*before, path);
  ValidationErrors errors;
  compare_samples(before->samples, samples, errors);
  if (errors.empty()) merge_attributes(before->samples, samples, errors);
  if (errors.empty()) merge_images(*before, names_of(sets), std::move(images), errors);
  sets = merge_sets(*before, std::move(sets), same_name, errors);
  errors.throw_if_any(ErrorCode::bad_input, path.string());
  // The store itself, where `path` is a link to it.
  write_store_in_blocks(std::filesystem::canonical(path), before->samples, sets, before->images,
                        [&] { check_is_as_before(*before, path); });
  return StoreChange::extended;
}

}  // namespace crossfold
