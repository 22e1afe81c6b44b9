#include "store_reader.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "store/sample_store.h"

namespace crossfold {
namespace {

using test::LooseStore;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StoreReader : public ::testing::Test {
 protected:
  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";

  void expect_refused(const LooseStore& store, const std::string& message) {
    store.write(path_);
    expect_error(ErrorCode::bad_input, path_.string() + ": " + message,
                 [&] { (void)open_store(path_); });
  }

  /// The one note on rows of zeros; "" for none.
  void expect_zero_note(const LooseStore& store, const std::string& note) {
    store.write(path_);
    std::string found;
    for (const std::string& one : open_store(path_).notes)
      if (one.find("zeros") != std::string::npos) found += one;
    EXPECT_EQ(found, note.empty() ? "" : "/embeddings/net/raw: " + note);
  }
};

TEST_F(StoreReader, SaysThatTheFileIsNotThere) {
  expect_error(ErrorCode::io,
               path_.string() +
                   ": is not there. check the path, or make a store with 'crossfold store import'",
               [&] { (void)open_store(path_); });
}

TEST_F(StoreReader, SaysThatTheFileIsNoHdf5File) {
  expect_error(ErrorCode::bad_input,
               folder_.path().string() + ": is a folder (a store is one HDF5 file). name the file",
               [&] { (void)open_store(folder_.path()); });
  expect_error(ErrorCode::bad_input, "/dev/null: is not a regular file (a store is one HDF5 file)",
               [] { (void)open_store("/dev/null"); });
  test::write_bytes(path_, "");
  expect_error(ErrorCode::bad_input,
               path_.string() + ": is empty (0 bytes). copy or write it again",
               [&] { (void)open_store(path_); });
  test::write_bytes(path_, "some text");
  expect_error(ErrorCode::bad_input,
               path_.string() +
                   ": is not an HDF5 file (it does not begin like one). choose another "
                   "file, or copy it again",
               [&] { (void)open_store(path_); });
}

TEST_F(StoreReader, KnowsItsFormatAndVersion) {
  expect_refused({.without = {"format"}, .change = {}},
                 "is not a crossfold store (its root has no attribute 'format'). set format = "
                 "'crossfold-store' and format_version = 1, or choose another file");
  expect_refused(
      {.without = {"format_version"}, .change = {}},
      "is not a crossfold store (its root has no attribute 'format_version'). set format "
      "= 'crossfold-store' and format_version = 1, or choose another file");
  expect_refused({.format = "other", .without = {}, .change = {}},
                 "is not a crossfold store (its format is 'other', not 'crossfold-store'). choose "
                 "another file");
  expect_refused({.version = 2, .without = {}, .change = {}},
                 "has format_version 2 (this program reads version 1). use the program that wrote "
                 "it, or write it anew");
}

TEST_F(StoreReader, NamesEveryMissingDataset) {
  expect_refused({.without = {"samples"}, .change = {}},
                 "/samples: is missing (every store has it). write the store anew");
  expect_refused({.without = {"id"}, .change = {}},
                 "/samples/id: is missing (a store needs a name for each sample). write the store "
                 "anew");
  expect_refused({.without = {"class", "domain", "role", "embeddings"}, .change = {}},
                 "4 errors\n"
                 "  /samples/class: is missing (a store needs class labels: int32 codes with "
                 "'levels'). write the store anew\n"
                 "  /samples/domain: is missing (a store needs domain labels: int32 codes with "
                 "'levels'). write the store anew\n"
                 "  /samples/role: is missing (a store needs roles: 0 = in, 1 = oos). write the "
                 "store anew\n"
                 "  /embeddings: holds no embedding set (there is nothing to train on). add one as "
                 "/embeddings/<extractor>/<preprocessing>");
}

TEST_F(StoreReader, SaysThatThereAreNoSamples) {
  LooseStore store;
  store.samples = {};
  expect_refused(store, "/samples/id: holds no samples (nothing can be trained). add samples");
}

TEST_F(StoreReader, ListsWrongDimensionsAndLabelsAtOnce) {
  LooseStore store;
  store.set.values.resize(33);
  store.samples.id[1] = store.samples.id[0];
  store.samples.group.pop_back();
  store.samples.class_label.codes[4] = 3;
  store.samples.domain.codes.push_back(0);
  store.change = [](hdf5::Group& root) {
    root.create_group("attributes").write<double>("age", std::vector<double>(4), {4});
  };
  expect_refused(
      store,
      "6 errors\n"
      "  /samples/group: has 11 rows where /samples/id has 12\n"
      "  /samples/domain: has 13 rows where /samples/id has 12\n"
      "  /attributes/age: has 4 rows where /samples/id has 12\n"
      "  /samples/id: 1 rows repeat the id of an earlier one: 'image0' (rows 0 and 1) (an id must "
      "name one sample). rename them\n"
      "  /samples/class: 1 codes lie outside of the 3 levels, the first (3) in row 4. use 0 to 2, "
      "or "
      "-1 for missing\n"
      "  /embeddings/net/raw: has 11 rows where /samples/id has 12 (each sample has one row). "
      "write "
      "both in the same order");
}

/// Cut to 32 bits they would be codes of the first level.
TEST_F(StoreReader, CodesBeyond32BitsAreOfNoLevel) {
  LooseStore store{.without = {"class"}, .change = {}};
  std::vector<std::int64_t> codes(12, 1);
  codes[4] = std::int64_t{1} << 32;
  codes[7] = -(std::int64_t{1} << 32);
  store.change = [&](hdf5::Group& root) {
    root.open_group("samples")
        .write<std::int64_t>("class", codes, {12})
        .write_attribute("levels", store.samples.class_label.levels);
  };
  expect_refused(store,
                 "/samples/class: 2 codes lie outside of the 3 levels, the first (2147483647) in "
                 "row 4. use 0 to 2, or -1 for missing");
}

TEST_F(StoreReader, SaysWhereAnEmbeddingIsNotFinite) {
  LooseStore store;
  store.set.values[10] = std::numeric_limits<float>::quiet_NaN();
  store.set.values[20] = std::numeric_limits<float>::infinity();
  expect_refused(store,
                 "/embeddings/net/raw: 2 of its numbers are not finite, the first: nan in row 3, "
                 "column 1, sample 'image3' (training on them gives only nan). compute these rows "
                 "again or leave the samples out");
}

TEST_F(StoreReader, NamesASetWhoseRowsAreAllEqual) {
  LooseStore store;
  for (std::size_t i = 0; i < store.set.values.size(); ++i)
    store.set.values[i] = static_cast<float>(i % store.set.info.dim);
  expect_refused(store,
                 "/embeddings/net/raw: all of its 12 rows are equal (what made them gives the same "
                 "for every sample, so nothing can be learned). make it anew");
}

TEST_F(StoreReader, RefusesHashesOfImagesThatAreNone) {
  LooseStore store;
  store.change = [](hdf5::Group& root) {
    root.create_group("images").write<std::uint8_t>("sha256", std::vector<std::uint8_t>(11 * 32),
                                                    {11, 32});
  };
  expect_refused(store,
                 "/images/sha256: is uint8 [11, 32] (uint8 [12, 32] is needed, the SHA-256 of each "
                 "sample's image). delete it, or write it so");
  store.change = [](hdf5::Group& root) {
    root.create_group("images").write<std::int32_t>("sha256", std::vector<std::int32_t>(12 * 32),
                                                    {12, 32});
  };
  expect_refused(store,
                 "/images/sha256: is int32 [12, 32] (uint8 [12, 32] is needed, the SHA-256 of each "
                 "sample's image). delete it, or write it so");
}

TEST_F(StoreReader, RefusesOtherTypes) {
  const std::vector<double> doubles(12);
  LooseStore store{.without = {"class", "domain"}, .change = {}};
  store.samples.role.levels.clear();  // may be absent: they are the same in every store
  store.change = [&](hdf5::Group& root) {
    hdf5::Group samples = root.open_group("samples");
    samples.write<double>("class", doubles, {12});
    samples.write<std::int32_t>("domain", std::vector<std::int32_t>(12), {12});
    samples.write<std::int32_t>("groups", std::vector<std::int32_t>(12), {12});
    hdf5::Group attributes = root.create_group("attributes");
    attributes.write_texts("view", std::vector<std::string>(12, "PA"));
    attributes.create_group("more");
    hdf5::Group sets = root.open_group("embeddings").open_group("net");
    sets.write_texts("texts", std::vector<std::string>(12, "1.5"));
    sets.write<float>("cube", std::vector<float>(24), {12, 2, 1});
    sets.write<float>("nothing", {}, {12, 0});
    root.open_group("embeddings").write<float>("flat", std::vector<float>(12), {12, 1});
  };
  expect_refused(
      store,
      "10 errors\n"
      "  /samples/groups: is not known (here stand id, group, class, domain and role). correct the "
      "name, or move other properties to /attributes\n"
      "  /samples/class: is float64 (integer codes are needed). write int32 codes and their names "
      "as "
      "attribute 'levels'\n"
      "  /samples/domain: has no attribute 'levels' (its codes have no names). write the names in "
      "order of the codes\n"
      "  /attributes/more: is not a dataset (one is needed). write the store anew\n"
      "  /attributes/view: is text (numbers are needed, or integer codes with the attribute "
      "'levels'). write it so\n"
      "  /embeddings/flat: is not a group (datasets must stand under it). write the store anew\n"
      "  /embeddings/net/cube: has the dimensions [12, 2, 1] (samples by features are needed). "
      "write "
      "it as [N, D]\n"
      "  /embeddings/net/nothing: has 0 columns (1 to 1000000 are allowed)\n"
      "  /embeddings/net/texts: is text (numbers are needed). convert it, in Python by "
      ".astype('float32')\n"
      "  /embeddings/net/texts: has the dimensions [12] (samples by features are needed). write it "
      "as [N, D]");
}

TEST_F(StoreReader, NamesASetThatWasFilledInPart) {
  LooseStore store{.without = {}, .change = {}};
  store.change = [&](hdf5::Group& root) {
    hdf5::Dataset set = root.open_group("embeddings")
                            .open_group("net")
                            .create_dataset<float>("late", {12, 2}, {.chunk_rows = 5});
    set.write_rows<float>(0, 5, std::vector<float>(10, 0.5F));
  };
  expect_refused(store,
                 "/embeddings/net/late: is filled in part (2 of its 3 chunks were never written, "
                 "and would be read as zeros). write the store anew");
}

/// A set of 12 rows of which these hold zeros alone, stored in one piece and without a hash.
LooseStore with_zeros(const std::vector<std::size_t>& rows, std::size_t dim = 3) {
  LooseStore store;
  store.set = test::twelve_rows("net/raw", dim);
  for (const std::size_t row : rows)
    std::fill_n(store.set.values.begin() + static_cast<std::ptrdiff_t>(row * dim), dim, 0.0F);
  return store;
}

TEST_F(StoreReader, NamesASetOfOnePieceThatWasFilledInPart) {
  const auto message = [](int last) {
    return fmt::format(
        "/embeddings/net/raw: is filled in part (its last {} of 12 rows hold zeros "
        "alone, as rows do that were never written). write it anew, or leave these "
        "samples out",
        last);
  };
  expect_refused(with_zeros({10, 11}), message(2));
  expect_refused(with_zeros({2, 5, 6, 7, 8, 9, 10, 11}), message(7));
  LooseStore small = with_zeros({10, 11});
  small.set.values[32] = -0.0F;
  small.set.values[35] = 1e-45F;
  expect_zero_note(small,
                   "1 of 12 rows holds zeros alone (blank images or failed extractions, "
                   "perhaps): 'image10'");
}

TEST_F(StoreReader, CountsRowsOfZeros) {
  const std::string why = " zeros alone (blank images or failed extractions, perhaps): ";
  expect_zero_note(with_zeros({11}), "1 of 12 rows holds" + why + "'image11'");
  expect_zero_note(with_zeros({0, 1, 5, 9}),
                   "4 of 12 rows hold" + why + "'image0', 'image1', 'image5' and 1 more");
  expect_zero_note(with_zeros({}), "");
  expect_zero_note(with_zeros({3, 10, 11}, 1), "");
}

TEST_F(StoreReader, ASetWithAHashWasFilled) {
  const LooseStore store = with_zeros({10, 11});
  write_store(path_, store.samples, {store.set});
  EXPECT_THAT(open_store(path_).notes,
              ElementsAre("/embeddings/net/raw: 2 of 12 rows hold zeros alone (blank images or "
                          "failed extractions, perhaps): 'image10', 'image11'"));
}

TEST_F(StoreReader, SaysWhatItFilledIn) {
  LooseStore store{.without = {"group"}, .change = {}};
  store.write(path_);
  const StoreContents contents = open_store(path_);
  EXPECT_EQ(contents.samples.group, contents.samples.id);
  EXPECT_THAT(
      contents.notes,
      ElementsAre("/samples/group is not there: each sample is taken as a patient of its own",
                  "/samples has no hash: it was computed",
                  "/embeddings/net/raw has no hash: it was computed"));
}

TEST_F(StoreReader, RefusesContentThatDoesNotFitItsHash) {
  const std::string zeros(64, '0');
  LooseStore store;
  store.change = [&](hdf5::Group& root) {
    root.open_group("samples").write_attribute("label_sha256", zeros);
    hdf5::Group attributes = root.create_group("attributes");
    attributes.write<double>("age", std::vector<double>(12), {12})
        .write_attribute("content_sha256", zeros);
    root.open_group("embeddings")
        .open_group("net")
        .open_dataset("raw")
        .write_attribute("content_sha256", zeros);
  };
  const auto damaged = [](const std::string& what, const std::string& attribute,
                          const Digest& digest) {
    return what + " do not fit their hash (" + attribute + " says 000000000000..., they give " +
           digest.hex().substr(0, 12) +
           "...: damaged, or edited). copy or write the file again, or delete the attribute '" +
           attribute + "' if the edit was meant";
  };
  const Attribute age{"age", std::vector<double>(12)};
  expect_refused(
      store, "3 errors\n  /attributes/age: " +
                 damaged("the values", "content_sha256", age.content_hash()) + "\n  /samples: " +
                 damaged("ids, groups and labels", "label_sha256", store.samples.label_hash()) +
                 "\n  /embeddings/net/raw: " +
                 damaged("the numbers", "content_sha256", embedding_hash(12, 3, store.set.values)));
}

/// What h5py and hashlib recorded of stores that h5py wrote (make_recorded.py).
class RecordedStore : public ::testing::TestWithParam<std::string> {};

TEST_P(RecordedStore, IsReadAsItsWriterMeantIt) {
  const std::string folder = std::string(CROSSFOLD_TEST_DATA) + "/recorded/";
  const auto all = nlohmann::json::parse(test::bytes_of(folder + "recorded.json"));
  const auto& expected = all.at("stores").at(GetParam());
  const StoreContents store = open_store(folder + GetParam() + ".h5");
  EXPECT_EQ(store.samples.id, expected.at("ids").get<std::vector<std::string>>());
  EXPECT_EQ(store.samples.group, expected.at("groups").get<std::vector<std::string>>());
  const CodedColumn* columns[] = {&store.samples.class_label, &store.samples.domain,
                                  &store.samples.role};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(columns[i]->codes, expected["columns"][i][0].get<std::vector<std::int32_t>>());
    EXPECT_EQ(columns[i]->levels, expected["columns"][i][1].get<std::vector<std::string>>());
  }
  EXPECT_EQ(store.samples.label_hash().hex(), expected.at("labels").get<std::string>());
  ASSERT_EQ(store.embeddings.size(), 1u);
  const EmbeddingInfo& info = store.embeddings.front();
  EXPECT_EQ(info.dim, expected.at("dim").get<std::size_t>());
  EXPECT_EQ(info.content.hex(), expected.at("matrix").get<std::string>());
  std::vector<float> values(info.rows * info.dim);
  read_embedding(store.path, info, values);
  EXPECT_EQ(values, expected.at("values").get<std::vector<float>>());
}

INSTANTIATE_TEST_SUITE_P(Recorded, RecordedStore, ::testing::Values("plain", "unusual"),
                         [](const auto& test) { return test.param; });

TEST(RecordedAttributes, OfAllTypesAreRead) {
  const StoreContents store = open_store(std::string(CROSSFOLD_TEST_DATA) + "/recorded/unusual.h5");
  const std::vector<Attribute>& attributes = store.samples.attributes;
  ASSERT_EQ(attributes.size(), 3u);
  EXPECT_EQ(attributes[0].name, "age");
  EXPECT_EQ(std::get<std::vector<double>>(attributes[0].values)[1], 61.5);
  EXPECT_TRUE(std::isnan(std::get<std::vector<double>>(attributes[0].values)[2]));
  EXPECT_EQ(std::get<CodedColumn>(attributes[1].values),
            (CodedColumn{.codes = {0, 1, 0, -1, 0}, .levels = {"PA", "AP"}}));
  EXPECT_EQ(std::get<std::vector<double>>(attributes[2].values),
            (std::vector<double>{1, 2, 3, 4, 5}));
  EXPECT_EQ(store.embeddings.front().extractor, "net 1.0");
}

/// Stores of h5py whose matrix is not float32 in the file itself (make_odd_stores.py).
std::filesystem::path odd_store(const std::string& name) {
  return std::string(CROSSFOLD_TEST_DATA) + "/recorded/odd/" + name + ".h5";
}

class OddStore : public ::testing::TestWithParam<std::string> {};

TEST_P(OddStore, IsReadAsNumpyConvertsIt) {
  const auto all = nlohmann::json::parse(
      test::bytes_of(std::string(CROSSFOLD_TEST_DATA) + "/recorded/odd/odd.json"));
  const auto expected = all.at(GetParam()).get<std::vector<float>>();
  const StoreContents store = open_store(odd_store(GetParam()));
  std::vector<float> values(24);
  read_embedding(store.path, store.embeddings.at(0), values);
  EXPECT_EQ(values, expected);
  EXPECT_EQ(store.embeddings[0].content, embedding_hash(12, 2, expected));
}

INSTANTIATE_TEST_SUITE_P(Recorded, OddStore,
                         ::testing::Values("float64", "float64_big", "float16", "int64", "uint8"),
                         [](const auto& test) { return test.param; });

TEST(OddStores, SayThatTheirNumbersWereConverted) {
  EXPECT_THAT(
      open_store(odd_store("float64")).notes,
      ::testing::Contains("/embeddings/net/raw is float64: its numbers are rounded to float32"));
  EXPECT_THAT(
      open_store(odd_store("int64")).notes,
      ::testing::Contains("/embeddings/net/raw is int64: its numbers are rounded to float32 "
                          "(1 whole numbers change by it, the first: 16777217 in row 3, "
                          "column 1, sample 'image3')"));
}

void expect_odd(const std::string& name, const std::string& message) {
  const std::string path = odd_store(name).string();
  expect_error(ErrorCode::bad_input, path + ": " + message, [&] { (void)open_store(path); });
}

TEST(OddStores, ThatFloat32CannotHoldAreRefused) {
  expect_odd("too_large",
             "/embeddings/net/raw: 1 of its numbers are too large for float32, the first: 1e+39 in "
             "row 2, column 1, sample 'image2'. scale them down");
}

TEST(OddStores, WhoseDataAreElsewhereSayWhere) {
  expect_odd(
      "virtual",
      "/embeddings/net/raw: is a virtual dataset (its data stand in other files: source.h5). "
      "copy the data in, in h5py by f[name] = data[...]");
  expect_odd("external",
             "/embeddings/net/raw: keeps its data outside of the file (in numbers.bin). copy the "
             "data in, in h5py by f[name] = data[...]");
}

TEST(OddStores, OfAnUnknownFilterNameIt) {
  try {
    (void)open_store(odd_store("filter"));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("/embeddings/net/raw: is compressed by 'blosc' (filter 32001) (the HDF5 "
                          "library here, "));
    EXPECT_THAT(error.what(),
                HasSubstr(", has no such filter). write it again with gzip or without compression, "
                          "as h5repack -f GZIP=4 does where the filter is"));
    EXPECT_THAT(error.what(), ::testing::Not(HasSubstr("damaged")));
  }
}

TEST(OddStores, LeftOpenByTheirWriterSaySo) {
  expect_odd(
      "left_open",
      "is open for writing (a program is writing it, or was killed while it did, and what it "
      "holds may not be whole). wait for that program to close it; if none has it open, write "
      "it again, or clear its mark with 'h5clear -s FILE' and check it");
}

TEST_F(StoreReader, ANewerFormatIsNoDamage) {
  LooseStore{.without = {}, .change = {}}.write(path_);
  std::string bytes = test::bytes_of(path_);
  bytes[8] = 4;
  test::write_bytes(path_, bytes);
  expect_error(ErrorCode::bad_input,
               path_.string() +
                   ": is of a newer HDF5 format (its superblock has version 4, up to 3 are known "
                   "here). write it again for older programs, in h5py by File(name, 'w', "
                   "libver='v110')",
               [&] { (void)open_store(path_); });
}

TEST_F(StoreReader, SaysWhatAnotherFileIs) {
  const std::vector<std::pair<std::string, std::string>> kinds = {
      {"\x93NUMPY\x01", "a .npy array. make a store of it with 'crossfold store import'"},
      {std::string("PK\x03\x04\0", 5),
       "a zip archive (.npz, .pt and .xlsx files are such). save its array as .npy or .csv and "
       "make "
       "a store with 'crossfold store import'"},
      {"\x1F\x8B\x08", "compressed by gzip. unpack it"},
      {"version https://git-lfs.github.com/spec/v1\noid sha256:1\n",
       "a pointer of Git LFS (the file itself was not fetched). fetch it with 'git lfs pull'"},
      {"<!DOCTYPE html><html>", "a web page (a download that failed looks so). download it again"},
      {"CDF\x01", "a netCDF-3 file. choose another file"},
      {std::string(600, '\0'),
       "zeros only (its content was lost, as by a full disk or a crash). copy or write it again"},
      {"id,class\na,b\n",
       "text, a table perhaps. make a store of it with 'crossfold store import'"}};
  for (const auto& [bytes, kind] : kinds) {
    test::write_bytes(path_, bytes);
    expect_error(ErrorCode::bad_input, path_.string() + ": is not an HDF5 file, but " + kind,
                 [&] { (void)open_store(path_); });
  }
}

}  // namespace
}  // namespace crossfold
