#include "crossfold/store/store_extension.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/expect_error.h"
#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"
#include "store/sample_store.h"

namespace crossfold {
namespace {

using test::twelve_rows;
using test::twelve_samples;

constexpr const char* kChanged =
    ": has changed since it was read (what was added to it meanwhile would be lost). run again to "
    "add to it";

class AddToStore : public ::testing::Test {
 protected:
  AddToStore() { write_store(store_, twelve_samples(), {twelve_rows("net/raw", 3)}); }

  void expect_refused(const SampleTable& samples, const std::string& message) {
    expect_error(ErrorCode::bad_input, store_.string() + ": " + message, [&] {
      add_to_store(store_, samples, {twelve_rows("net/other", 2)}, SameName::refuse);
    });
  }

  test::ScratchFolder folder_;
  std::filesystem::path store_ = folder_ / "s.h5";
};

TEST_F(AddToStore, OtherSamplesAreRefusedByTheirFirstDifference) {
  SampleTable samples = twelve_samples();
  samples.id[3] = "other";
  samples.class_label.codes[5] = 1;
  samples.role.codes[2] = 1;
  expect_refused(samples,
                 "3 errors\n"
                 "  /samples/id: row 3 is 'image3' in the store and 'other' in what is given (sets "
                 "of one store share its samples). choose another store\n"
                 "  /samples/class: row 5 is missing in the store and 'pneumonia' in what is given "
                 "(sets of one store share its samples). choose another store\n"
                 "  /samples/role: row 2 is 'in' in the store and 'oos' in what is given (sets of "
                 "one store share its samples). choose another store");
}

/// The first sample and the last, each column alone.
TEST_F(AddToStore, EveryColumnOfEverySampleIsCompared) {
  using Change = std::function<void(SampleTable&, std::size_t)>;
  const std::vector<std::pair<std::string, Change>> changes = {
      {"id", [](SampleTable& s, std::size_t row) { s.id[row] += " b"; }},
      {"group", [](SampleTable& s, std::size_t row) { s.group[row] += " b"; }},
      {"class", [](SampleTable& s, std::size_t row) { s.class_label.codes[row] = -1; }},
      {"domain", [](SampleTable& s, std::size_t row) { s.domain.codes[row] = -1; }},
      {"role", [](SampleTable& s, std::size_t row) { s.role.codes[row] = 1 - s.role.codes[row]; }}};
  const StoreContents store = open_store(store_);
  refuse_other_samples(store, twelve_samples());
  for (const auto& [column, change] : changes)
    for (const std::size_t row : {std::size_t{0}, std::size_t{11}}) {
      SampleTable given = twelve_samples();
      change(given, row);
      const Error error = test::error_of([&] { refuse_other_samples(store, given); });
      EXPECT_THAT(error.what(), ::testing::StartsWith(fmt::format("{}: /samples/{}: row {} is ",
                                                                  store_.string(), column, row)));
    }
}

TEST_F(AddToStore, AnotherNumberOfSamplesIsRefused) {
  SampleTable samples = twelve_samples();
  samples.id.pop_back();
  expect_refused(samples,
                 "/samples/id: the store holds 12 samples, 11 are given (sets of one store "
                 "share its samples). choose another store");
}

TEST_F(AddToStore, LevelsMayComeInAnotherOrder) {
  SampleTable samples = twelve_samples();
  samples.domain.levels = {samples.domain.levels[1], samples.domain.levels[0]};
  for (std::int32_t& code : samples.domain.codes) code = 1 - code;
  EXPECT_EQ(add_to_store(store_, samples, {twelve_rows("net/other", 2)}, SameName::refuse),
            StoreChange::extended);
  EXPECT_EQ(open_store(store_).samples.label_hash(), twelve_samples().label_hash());
}

TEST_F(AddToStore, NewAttributesAreAddedAndOthersMustAgree) {
  SampleTable samples = twelve_samples();
  samples.attributes = {
      {"sex", CodedColumn{.codes = std::vector<std::int32_t>(12), .levels = {"F"}}}};
  add_to_store(store_, samples, {twelve_rows("net/other", 2)}, SameName::refuse);
  EXPECT_EQ(open_store(store_).samples.attributes.size(), 3u);
  samples.attributes = {{"age", std::vector<double>(12)}};
  expect_refused(samples,
                 "2 errors\n"
                 "  /attributes/age: differs between the store and what is given (which is right "
                 "cannot be told). correct one of them\n"
                 "  /embeddings/net/other: is in the store already. give the new set another name, "
                 "or ask for it to be replaced");
}

/// Value by value: neither the order of levels nor a missing value on both sides is a difference.
TEST_F(AddToStore, AttributesMustAgreeInEachOfTheirValues) {
  const std::vector<Attribute> stored = twelve_samples().attributes;
  const auto& ages = std::get<std::vector<double>>(stored.at(0).values);
  const auto& views = std::get<CodedColumn>(stored.at(1).values);
  const auto age = [&](std::size_t row, double value) {
    std::vector<double> changed = ages;
    changed.at(row) = value;
    return Attribute{"age", changed};
  };
  const auto view = [&](std::size_t row, std::int32_t code) {
    CodedColumn changed = views;
    changed.codes.at(row) = code;
    return Attribute{"view", changed};
  };
  CodedColumn turned{.codes = {}, .levels = {views.levels.at(1), "further", views.levels.at(0)}};
  for (const std::int32_t code : views.codes) turned.codes.push_back(code < 0 ? -1 : 2 - 2 * code);
  const StoreContents store = open_store(store_);
  const auto refusal = [&](const Attribute& attribute) -> std::string {
    SampleTable given = twelve_samples();
    given.attributes = {attribute};
    try {
      refuse_other_samples(store, given);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  for (const Attribute& equal : {stored[0], stored[1], Attribute{"view", turned},
                                 Attribute{"further", std::vector<double>(12, 1)}})
    EXPECT_EQ(refusal(equal), "") << equal.name;
  // Sample 3 has no age, sample 7 no view.
  const std::vector<Attribute> others = {age(0, 41),
                                         age(11, 41),
                                         age(3, 41),
                                         age(4, std::nan("")),
                                         view(0, 1 - views.codes[0]),
                                         view(11, 1 - views.codes[11]),
                                         view(7, 0),
                                         view(8, -1),
                                         {"age", views},
                                         {"view", ages}};
  for (const Attribute& other : others)
    EXPECT_EQ(refusal(other), store_.string() + ": /attributes/" + other.name +
                                  ": differs between the store and what is given (which is right "
                                  "cannot be told). correct one of them");
}

/// A set of twelve rows that lies in memory.
EmbeddingSource source_of(const EmbeddingSet& set) {
  EmbeddingSource source{.info = set.info, .read = {}};
  source.info.rows = 12;
  source.read = [&](std::size_t first, std::span<float> out) {
    std::copy_n(&set.values[first * set.info.dim], out.size(), out.begin());
  };
  return source;
}

TEST_F(AddToStore, InTwoStepsIsTheSameToTheByte) {
  const EmbeddingSet set = twelve_rows("net/other", 2);
  const std::filesystem::path other = folder_ / "t.h5";
  EXPECT_FALSE(open_store_if_there(other));
  EXPECT_EQ(add_to_store(other, std::nullopt, twelve_samples(), {source_of(set)}, SameName::refuse),
            StoreChange::created);
  write_store(folder_ / "u.h5", twelve_samples(), {set});
  EXPECT_EQ(test::bytes_of(other), test::bytes_of(folder_ / "u.h5"));

  auto before = open_store_if_there(store_);
  ASSERT_TRUE(before);
  EXPECT_EQ(
      add_to_store(store_, std::move(before), twelve_samples(), {source_of(set)}, SameName::refuse),
      StoreChange::extended);
  write_store(folder_ / "u.h5", twelve_samples(), {set, twelve_rows("net/raw", 3)});
  EXPECT_EQ(test::bytes_of(store_), test::bytes_of(folder_ / "u.h5"));
}

TEST_F(AddToStore, ThroughALinkExtendsTheStoreItself) {
  const std::filesystem::path link = folder_ / "link.h5";
  std::filesystem::create_symlink("s.h5", link);
  EXPECT_EQ(add_to_store(link, twelve_samples(), {twelve_rows("net/other", 2)}, SameName::refuse),
            StoreChange::extended);
  EXPECT_TRUE(std::filesystem::is_symlink(link));
  EXPECT_EQ(open_store(store_).embeddings.size(), 2u);
}

std::vector<Digest> twelve_images(const std::string& kind) {
  std::vector<Digest> images;
  images.reserve(12);
  for (int i = 0; i < 12; ++i) images.push_back(sha256(kind + std::to_string(i)));
  return images;
}

TEST_F(AddToStore, KeepsWhatTheImagesOfItsSetsAre) {
  const EmbeddingSet other = twelve_rows("net/other", 2);
  const EmbeddingSet third = twelve_rows("net/third", 2);
  const auto add = [&](const EmbeddingSet& set, SourceImages images, SameName same_name) {
    add_to_store(store_, open_store(store_), twelve_samples(), {source_of(set)}, same_name,
                 std::move(images));
  };
  EXPECT_TRUE(open_store(store_).images.empty());
  add(other, {twelve_images("a")}, SameName::refuse);  // of the first set nothing is known
  EXPECT_EQ(open_store(store_).images, twelve_images("a"));
  add(third, {}, SameName::refuse);  // of no images
  add(third, {twelve_images("a")}, SameName::replace);
  EXPECT_EQ(open_store(store_).images, twelve_images("a"));

  std::vector<Digest> exchanged = twelve_images("a");
  std::swap(exchanged[3], exchanged[7]);
  expect_error(ErrorCode::bad_input,
               store_.string() +
                   ": /images: 2 of 12 samples have another image than when the store's sets were "
                   "made: 'image3', 'image7' (sets of one store are of the same images). give the "
                   "same files, or choose another store; --other-images where they are meant to "
                   "differ",
               [&] { add(third, {exchanged}, SameName::replace); });
  add(third, {exchanged, OtherImages::accept}, SameName::replace);
  EXPECT_EQ(open_store(store_).images, twelve_images("a"));

  const std::filesystem::path alone = folder_ / "alone.h5";
  add_to_store(alone, std::nullopt, twelve_samples(), {source_of(other)}, SameName::refuse,
               {twelve_images("a")});
  add_to_store(alone, open_store(alone), twelve_samples(), {source_of(other)}, SameName::replace,
               {exchanged});  // no set of the old images stays
  EXPECT_EQ(open_store(alone).images, exchanged);
}

TEST_F(AddToStore, SaysEarlyWhichImagesAreOthers) {
  write_store_in_blocks(store_, twelve_samples(), {source_of(twelve_rows("net/raw", 3))},
                        twelve_images("a"));
  const StoreContents store = open_store(store_);
  std::vector<std::optional<Digest>> first{store.images[0], std::nullopt, store.images[2]};
  refuse_other_images(store, {"net/other"}, first);
  first[2] = store.images[3];
  refuse_other_images(store, {"net/raw"}, first);
  expect_error(
      ErrorCode::bad_input,
      store_.string() +
          ": /images: 1 of 3 samples have another image than when the store's sets were "
          "made: 'image2' (sets of one store are of the same images). give the same files, "
          "or choose another store; --other-images where they are meant to differ",
      [&] { refuse_other_images(store, {"net/other"}, first); });
}

TEST_F(AddToStore, SaysEarlyWhichSetsAreThere) {
  const StoreContents store = open_store(store_);
  refuse_same_names(store, {"net/other"});
  expect_error(ErrorCode::bad_input,
               store_.string() +
                   ": /embeddings/net/raw: is in the store already. give the new set another name, "
                   "or ask for it to be replaced",
               [&] {
                 refuse_same_names(store, {"net/other", "net/raw"});
               });
}

TEST_F(AddToStore, AStoreThatChangedInBetweenIsRefused) {
  const EmbeddingSet set = twelve_rows("net/other", 2);
  expect_error(ErrorCode::bad_input,
               store_.string() +
                   ": has come up since it was looked for (it would be overwritten). run again to "
                   "add to it",
               [&] {
                 add_to_store(store_, std::nullopt, twelve_samples(), {source_of(set)},
                              SameName::refuse);
               });
  const auto before = open_store_if_there(store_);
  EmbeddingSet changed = twelve_rows("net/raw", 3);
  changed.values[35] = 5;
  write_store(store_, twelve_samples(), {changed});
  const std::string bytes = test::bytes_of(store_);
  expect_error(ErrorCode::bad_input, store_.string() + kChanged, [&] {
    add_to_store(store_, before, twelve_samples(), {source_of(set)}, SameName::refuse);
  });
  EXPECT_EQ(test::bytes_of(store_), bytes);
}

/// A set that somebody adds while another one is being made is not lost, be it before the store is
/// rewritten or meanwhile.
TEST_F(AddToStore, ASetThatWasAddedMeanwhileStays) {
  const EmbeddingSet set = twelve_rows("net/other", 2);
  const auto add_between = [&] {
    add_to_store(store_, twelve_samples(), {twelve_rows("net/between", 4)}, SameName::replace);
  };
  const auto before = open_store(store_);
  add_between();
  expect_error(ErrorCode::bad_input, store_.string() + kChanged, [&] {
    add_to_store(store_, before, twelve_samples(), {source_of(set)}, SameName::refuse);
  });
  EXPECT_NE(open_store(store_).find("net/between"), nullptr);

  EmbeddingSource while_written = source_of(set);
  while_written.read = [&, read = while_written.read](std::size_t first, std::span<float> out) {
    if (first == 0) add_between();
    read(first, out);
  };
  expect_error(ErrorCode::bad_input, store_.string() + kChanged, [&] {
    add_to_store(store_, open_store(store_), twelve_samples(), {while_written}, SameName::refuse);
  });
  EXPECT_NE(open_store(store_).find("net/between"), nullptr);
  EXPECT_EQ(open_store(store_).find("net/other"), nullptr);
}

TEST_F(AddToStore, AStoreThatComesUpWhileAnotherIsWrittenStays) {
  const std::filesystem::path made = folder_ / "new.h5";
  const EmbeddingSet other = twelve_rows("net/other", 2);
  EmbeddingSource set = source_of(other);
  set.read = [&, read = set.read](std::size_t first, std::span<float> out) {
    if (first == 0) write_store(made, twelve_samples(), {twelve_rows("net/between", 4)});
    read(first, out);
  };
  expect_error(
      ErrorCode::bad_input,
      made.string() +
          ": has come up since it was looked for (it would be overwritten). run again to "
          "add to it",
      [&] { add_to_store(made, std::nullopt, twelve_samples(), {set}, SameName::refuse); });
  EXPECT_NE(open_store(made).find("net/between"), nullptr);
}

/// Whatever is there, replaced and new, and in whichever order: sets have their own numbers and
/// origin, and each that is there already is named.
TEST_F(AddToStore, EachOfSeveralSetsHasItsOwnNumbersAndOrigin) {
  const auto made = [](const std::string& name, std::size_t dim, const std::string& maker) {
    EmbeddingSet set = twelve_rows(name, dim);  // whose numbers hang on the dim
    set.info.extractor = maker + " of " + name;
    set.info.extractor_hash = "hash of " + maker + " of " + name;
    set.info.preprocessing = "what " + maker + " did";
    return set;
  };
  std::vector<EmbeddingSet> before{made("net/raw", 3, "one"), made("net/cut", 4, "two"),
                                   made("other/raw", 5, "three"), made("other/cut", 2, "four")};
  std::vector<EmbeddingSet> given{made("other/raw", 6, "five"), made("net/cut", 7, "six"),
                                  made("a/new", 8, "seven")};
  std::map<std::string, EmbeddingSet> expected;
  for (const EmbeddingSet& set : given) expected[set.info.name] = set;
  for (const EmbeddingSet& set : before) expected.emplace(set.info.name, set);
  for (int order = 0; order < 4; ++order) {
    write_store(store_, twelve_samples(), before);
    const std::string there =
        ": is in the store already. give the new set another name, or ask for it to be replaced";
    expect_error(ErrorCode::bad_input,
                 store_.string() + ": 2 errors\n  /embeddings/net/cut" + there +
                     "\n  /embeddings/other/raw" + there,
                 [&] { add_to_store(store_, twelve_samples(), given, SameName::refuse); });
    EXPECT_EQ(add_to_store(store_, twelve_samples(), given, SameName::replace),
              StoreChange::extended);
    const StoreContents store = open_store(store_);
    ASSERT_EQ(store.embeddings.size(), expected.size());
    for (const EmbeddingInfo& info : store.embeddings) {
      const EmbeddingSet& set = expected.at(info.name);
      ASSERT_EQ(info.dim, set.info.dim) << info.name;
      EXPECT_EQ(info.extractor, set.info.extractor);
      EXPECT_EQ(info.extractor_hash, set.info.extractor_hash);
      EXPECT_EQ(info.preprocessing, set.info.preprocessing);
      std::vector<float> values(12 * info.dim);
      read_embedding(store_, info, values);
      EXPECT_EQ(values, set.values) << info.name;
    }
    std::reverse(given.begin(), given.end());
    if (order == 1) std::reverse(before.begin(), before.end());
  }
}

}  // namespace
}  // namespace crossfold
