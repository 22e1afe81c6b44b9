#include "crossfold/store/store_import.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "store/sixty_samples.h"

namespace crossfold {
namespace {

using ::testing::ElementsAre;

std::vector<float> values_of(const std::filesystem::path& store, const std::string& name) {
  const StoreContents contents = open_store(store);
  const EmbeddingInfo* info = contents.find(name);
  if (info == nullptr) return {};
  std::vector<float> values(info->rows * info->dim);
  read_embedding(store, *info, values);
  return values;
}

class StoreImport : public ::testing::Test {
 protected:
  StoreImport() {
    test::write_bytes(folder_ / "m.csv",
                      "id,patient,class,domain,age\na,p,x,u,1\nb,p,y,u,2\nc,q,x,v,3\n");
    test::write_bytes(folder_ / "plain.csv", "1,2\n3,4\n5,6\n");
    test::write_bytes(folder_ / "named.csv", "id,z0\nc,3\na,1\nb,2\n");
  }

  [[nodiscard]] ImportRequest request(std::vector<MatrixSource> matrices) const {
    ImportRequest request;
    request.store = folder_ / "s.h5";
    request.manifest = folder_ / "m.csv";
    request.matrices = std::move(matrices);
    return request;
  }

  test::ScratchFolder folder_;
  std::filesystem::path store_ = folder_ / "s.h5";
};

TEST_F(StoreImport, MakesAStoreFromManifestAndMatrices) {
  const ImportReport report = import_store(
      request({{"net/raw", folder_ / "plain.csv"}, {"net/named", folder_ / "named.csv"}}));
  EXPECT_EQ(report.change, StoreChange::created);
  EXPECT_EQ(report.samples, 3u);
  EXPECT_EQ(report.columns.size(), 5u);
  EXPECT_THAT(report.notes, ElementsAre("no column for role: all samples are in"));
  ASSERT_EQ(report.sets.size(), 2u);
  EXPECT_EQ(report.sets[0].rows, ImportReport::Set::Rows::in_order);
  EXPECT_EQ(report.sets[1].rows, ImportReport::Set::Rows::by_id);
  EXPECT_EQ(report.sets[0].name, "net/raw");
  EXPECT_EQ(report.sets[1].name, "net/named");
  EXPECT_EQ(report.sets[0].file, folder_ / "plain.csv");
  EXPECT_EQ(report.sets[1].file, folder_ / "named.csv");
  EXPECT_EQ(report.sets[0].dim, 2U);
  EXPECT_EQ(report.sets[1].dim, 1U);
  EXPECT_THAT(values_of(store_, "net/raw"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(values_of(store_, "net/named"), ElementsAre(1, 2, 3));
  const StoreContents store = open_store(store_);
  EXPECT_THAT(store.samples.group, ElementsAre("p", "p", "q"));
  EXPECT_EQ(store.find("net/raw")->extractor, "imported from plain.csv");
}

TEST_F(StoreImport, AddsSetsToAStoreOfTheSameSamples) {
  (void)import_store(request({{"net/raw", folder_ / "plain.csv"}}));
  const ImportReport report = import_store(request({{"net/named", folder_ / "named.csv"}}));
  EXPECT_EQ(report.change, StoreChange::extended);
  EXPECT_THAT(values_of(store_, "net/raw"), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(values_of(store_, "net/named"), ElementsAre(1, 2, 3));
}

TEST_F(StoreImport, ASetOfTheSameNameIsReplacedOnlyWhenAsked) {
  (void)import_store(request({{"net/raw", folder_ / "plain.csv"}}));
  ImportRequest again = request({{"net/raw", folder_ / "named.csv"}});
  expect_error(ErrorCode::bad_input,
               store_.string() +
                   ": /embeddings/net/raw: is in the store already. give the new set "
                   "another name, or ask for it to be replaced",
               [&] { (void)import_store(again); });
  again.same_name = SameName::replace;
  (void)import_store(again);
  EXPECT_THAT(values_of(store_, "net/raw"), ElementsAre(1, 2, 3));
}

TEST_F(StoreImport, EveryErrorOfAllFilesIsListed) {
  test::write_bytes(folder_ / "short.csv", "1\n2\n");
  test::write_bytes(folder_ / "ids.csv", "id,z\na,1\nd,2\nd,3\n");
  expect_error(
      ErrorCode::bad_input,
      store_.string() + ": 6 errors\n  " + (folder_ / "short.csv").string() +
          ": has 2 rows where the manifest has 3 samples (rows without ids must stand in its "
          "order). "
          "give both for the same samples\n  " +
          (folder_ / "ids.csv").string() + ": 'd': the id has several rows. leave one\n  " +
          (folder_ / "ids.csv").string() +
          ": 'b': the sample of the manifest has no row. add it, or take the sample out of the "
          "manifest\n  " +
          (folder_ / "ids.csv").string() +
          ": 'c': the sample of the manifest has no row. add it, or take the sample out of the "
          "manifest\n  " +
          (folder_ / "ids.csv").string() +
          ": 'd': has a row, and the manifest does not know it. add it to the manifest, or take "
          "the row out\n  " +
          (folder_ / "gone.npy").string() + ": cannot open (No such file or directory)",
      [&] {
        (void)import_store(request({{"net/a", folder_ / "short.csv"},
                                    {"net/b", folder_ / "ids.csv"},
                                    {"net/c", folder_ / "gone.npy"}}));
      });
  EXPECT_FALSE(std::filesystem::exists(store_));
}

/// Manifests whose ids are numbers, and features behind an index.
class IndexForIds : public ::testing::Test {
 protected:
  void expect_rows(const ImportRequest& request, ImportReport::Set::Rows rows,
                   const std::vector<float>& values) {
    const ImportReport report = import_store(request);
    EXPECT_EQ(report.sets.at(0).rows, rows);
    EXPECT_EQ(values_of(request.store, "net/raw"), values);
    std::filesystem::remove(request.store);
  }

  [[nodiscard]] ImportRequest request(const std::string& manifest, const std::string& features) {
    test::write_bytes(folder_ / "m.csv", manifest);
    test::write_bytes(folder_ / "f.csv", features);
    ImportRequest request;
    request.store = folder_ / "s.h5";
    request.manifest = folder_ / "m.csv";
    request.matrices = {{"net/raw", folder_ / "f.csv"}};
    return request;
  }

  void expect_refused(const ImportRequest& request, const std::string& message) {
    expect_error(ErrorCode::bad_input,
                 request.store.string() + ": " + (folder_ / "f.csv").string() + ": " + message,
                 [&] { (void)import_store(request); });
  }

  /// A manifest of these ids.
  static std::string manifest(const std::vector<std::string>& ids) {
    std::string text = "id,class,domain\n";
    for (const std::string& id : ids) text += id + ",x,u\n";
    return text;
  }

  test::ScratchFolder folder_;
};

constexpr auto kById = ImportReport::Set::Rows::by_id;
constexpr auto kInOrder = ImportReport::Set::Rows::in_order;

TEST_F(IndexForIds, MayCountTheRowsOfTheManifest) {
  const auto message = [](const std::string& column, int first, const std::string& difference,
                          const std::string& way) {
    return fmt::format(
        "{} counts the rows from {}, and the manifest's ids are such numbers in another order: {} "
        "(whether it is the ids or an index cannot be told, and a wrong guess gives each sample "
        "another's features). if it is the ids, {}; if it is an index, remove it: rows without "
        "ids are taken in the manifest's order",
        column, first, difference, way);
  };
  ImportRequest doubtful = request(manifest({"0", "2", "1"}), ",a,b\n0,1,2\n1,3,4\n2,5,6\n");
  expect_refused(doubtful,
                 message("column 1", 0, "row 2 is '1' here and '2' there", "say --id-column 1"));
  doubtful.features = {"a..b"};
  expect_refused(doubtful,
                 message("column 1", 0, "row 2 is '1' here and '2' there", "say --id-column 1"));
  doubtful.columns.id = "1";
  expect_rows(doubtful, kById, {1, 2, 5, 6, 3, 4});
  expect_refused(request("class,domain,id\nx,u,3\nx,u,2\nx,u,1\n", "Unnamed: 0,a\n1,1\n2,3\n3,5\n"),
                 message("column 'Unnamed: 0'", 1, "row 1 is '1' here and '3' there",
                         "give it the title 'id'"));
}

TEST_F(IndexForIds, IsTheIdsWhereNothingElseCanBeMeant) {
  const std::vector<std::string> shuffled = {"0", "2", "1"};
  const std::string counted = "0,1\n1,3\n2,5\n";
  expect_rows(request(manifest({"0", "1", "2"}), ",a\n" + counted), kById, {1, 3, 5});
  expect_rows(request(manifest(shuffled), "id,a\n" + counted), kById, {1, 5, 3});
  expect_rows(request(manifest(shuffled), ",a\n2,5\n0,1\n1,3\n"), kById, {1, 5, 3});
  expect_rows(request(manifest({"12", "7"}), ",a\n7,1\n12,3\n"), kById, {3, 1});
  expect_refused(request(manifest({"0", "1"}), ",a\n" + counted),
                 "'2': has a row, and the manifest does not know it. add it to the manifest, or "
                 "take the row out");
}

TEST_F(IndexForIds, AloneSaysNoIds) {
  ImportRequest alone = request(manifest({"im7", "im5"}), ",a,b\n0,1,2\n1,3,4\n");
  expect_refused(alone,
                 "has an index and no ids (column 1 counts the rows from 0; the first id of the "
                 "manifest is 'im7'). add a column of ids, or, if the rows stand in the manifest's "
                 "order, name the features by --feature-columns (FIRST..LAST is a range)");
  alone.features = {"2..3"};
  expect_rows(alone, kInOrder, {1, 2, 3, 4});
  alone.columns.id = "1";
  expect_refused(alone,
                 "none of its ids (column 1, the first is '0') is one of the manifest's (the first "
                 "is 'im7'). name the column of the ids by --id-column");
}

/// Sixty samples of thirty patients, classes and domains crossed, and as many rows of features.
class SixtySamples : public ::testing::Test {
 protected:
  SixtySamples() { test::write_bytes(folder_ / "m.csv", test::sixty_samples_csv()); }

  /// Features of a table with one more column of numbers.
  [[nodiscard]] ImportRequest request(const std::string& title,
                                      const std::function<double(int)>& number,
                                      const std::string& ids = "f_first") const {
    std::string text = fmt::format("{},f0,{}\n", ids, title);
    for (int i = 0; i < 60; ++i) {
      const int row = (i * 7) % 60;
      text += fmt::format("{},{},{}\n", ids == "f_first" ? 0.25 : 1000 + row, std::sin(row),
                          number(row));
    }
    test::write_bytes(folder_ / "f.csv", text);
    ImportRequest request;
    request.store = folder_ / "s.h5";
    request.manifest = folder_ / "m.csv";
    request.matrices = {{"net/raw", folder_ / "f.csv"}};
    return request;
  }

  void expect_refused(const ImportRequest& request, const std::string& message) const {
    expect_error(ErrorCode::bad_input,
                 (folder_ / "s.h5").string() + ": " + (folder_ / "f.csv").string() + ": " + message,
                 [&] { (void)import_store(request); });
    EXPECT_FALSE(std::filesystem::exists(folder_ / "s.h5"));
  }

  test::ScratchFolder folder_;
};

TEST_F(SixtySamples, RowsAreMatchedByIdInEverySpelling) {
  for (const char* ids :
       {"id", "ID", "Sample ID", "image_id", "filename", "Unnamed: 0", "\"Id\""}) {
    std::filesystem::remove(folder_ / "s.h5");
    const ImportReport report = import_store(request(
        "f1", [](int row) { return 0.5 * (row % 11); }, ids));
    EXPECT_EQ(report.sets.at(0).rows, ImportReport::Set::Rows::by_id) << ids;
    const std::vector<float> values = values_of(folder_ / "s.h5", "net/raw");
    for (int i = 0; i < 60; ++i) {
      EXPECT_NEAR(values.at(2 * static_cast<std::size_t>(i)), std::sin(i), 1e-6) << ids;
      EXPECT_EQ(values.at(2 * static_cast<std::size_t>(i) + 1), 0.5F * static_cast<float>(i % 11));
    }
  }
}

TEST_F(SixtySamples, AnIndexIsNoFeature) {
  const std::string advice =
      "). name all features by --feature-columns, with what is one in spite of its look";
  expect_refused(request("who", [](int row) { return 1000 + row; }),
                 "column 'who' looks like an index or an id (whole numbers, no two equal" + advice);
  ImportRequest meant = request("who", [](int row) { return 1000 + row; });
  meant.features = {"f0..who"};
  EXPECT_EQ(import_store(meant).sets.at(0).dim, 2u) << "f0 and who";
}

TEST_F(SixtySamples, TheOrderOfTheManifestIsNoFeatureThoughTheFileIsShuffled) {
  expect_refused(request(
                     "when", [](int row) { return 0.37 * row + 1; }, "id"),
                 "column 'when' looks like an index or an id (in order from the first row to the "
                 "last, in the manifest's order). name all features by --feature-columns, with "
                 "what is one in spite of its look");
}

TEST_F(SixtySamples, EqualRowsAreNoFeatures) {
  ImportRequest same = request(
      "f1", [](int) { return 0.5; }, "id");
  same.features = {"f1"};
  expect_error(ErrorCode::bad_input,
               (folder_ / "s.h5").string() +
                   ": /embeddings/net/raw: all of its 60 rows are equal (what made them gives the "
                   "same for every sample, so nothing can be learned). make it anew",
               [&] { (void)import_store(same); });
}

TEST_F(SixtySamples, RowsOfZerosAreNamed) {
  const auto with_zeros = [&](const std::set<int>& rows) {
    std::string csv = "id,f0,f1\n";
    for (int i = 0; i < 60; ++i)
      csv += rows.contains(i) ? fmt::format("{},0,-0.0\n", 1059 - i)
                              : fmt::format("{},{},{}\n", 1059 - i, std::sin(i * i), 0.5);
    test::write_bytes(folder_ / "zeros.csv", csv);
    ImportRequest request;
    request.store = folder_ / "s.h5";
    request.manifest = folder_ / "m.csv";
    request.matrices = {{"net/raw", folder_ / "zeros.csv"}};
    return request;
  };
  const std::string file = (folder_ / "zeros.csv").string();
  expect_error(ErrorCode::bad_input,
               (folder_ / "s.h5").string() + ": " + file +
                   ": is filled in part (its last 3 of 60 rows hold zeros alone, as rows do that "
                   "were never written). write it anew, or leave these samples out",
               [&] {
                 (void)import_store(with_zeros({0, 20, 57, 58, 59}));
               });
  const std::string note =
      "2 of 60 rows hold zeros alone (blank images or failed extractions, "
      "perhaps): ";
  EXPECT_THAT(import_store(with_zeros({0, 1})).notes,
              ::testing::Contains(file + ": " + note + "'1059', '1058'"));
  // In the manifest's order they are the last: the set has been written all the same.
  EXPECT_THAT(open_store(folder_ / "s.h5").notes,
              ElementsAre("/embeddings/net/raw: " + note + "'1058', '1059'"));
}

TEST_F(SixtySamples, ThePatientIsNoFeature) {
  expect_refused(request(
                     "who", [](int row) { return (row / 2 * 11 % 30) + 0.5; }, "id"),
                 "column 'who' gives the patient away (each number stands under one patient alone, "
                 "so the answer would be among the features). leave it out by --feature-columns, "
                 "or say --allow-label-columns");
}

TEST_F(SixtySamples, ALabelIsNoFeature) {
  const auto refused = [](const std::string& field) {
    return "column 'extra' gives the " + field + " away (each number stands under one " + field +
           " alone, so the answer would be among the features). leave it out by --feature-columns, "
           "or say --allow-label-columns";
  };
  const auto of_class = [](int row) { return 5.0 - row % 3; };
  expect_refused(request("extra", of_class, "id"), refused("class"));
  expect_refused(request(
                     "extra", [](int row) { return row / 7 % 2 * 0.5; }, "id"),
                 refused("domain"));
  ImportRequest allowed = request("extra", of_class, "id");
  allowed.label_columns = LabelColumns::allow;
  EXPECT_EQ(import_store(allowed).sets.at(0).dim, 2u);
  std::filesystem::remove(folder_ / "s.h5");
  ImportRequest chosen = request("extra", of_class, "id");
  chosen.features = {"f0", "extra"};
  expect_refused(chosen, refused("class"));
  ImportRequest left_out = request("extra", of_class, "id");
  left_out.features = {"f0"};
  EXPECT_EQ(import_store(left_out).sets.at(0).dim, 1u);
}

TEST_F(SixtySamples, ForeignIdsAreNamedOnce) {
  ImportRequest other = request(
      "f1", [](int row) { return row % 11; }, "id");
  other.columns.id = "name";
  test::write_bytes(folder_ / "m.csv", "name,class,domain\np1,a,u\np2,b,v\n");
  expect_refused(other,
                 "none of its ids (column 'id', the first is '1000') is one of the manifest's (the "
                 "first is 'p1'). name the column of the ids by --id-column");
}

TEST_F(SixtySamples, IdsThatWereRewrittenSaySo) {
  const auto expect = [&](const char* manifest_ids, const std::string& advice) {
    ImportRequest other = request(
        "f1", [](int row) { return row % 11; }, "id");
    other.columns.id = "name";
    test::write_bytes(folder_ / "m.csv", manifest_ids);
    expect_refused(other,
                   "none of its ids (column 'id', the first is '1000') is one of the "
                   "manifest's (the first is " +
                       advice);
  };
  expect("name,class,domain\n0001000,a,u\n001001,b,v\nx,b,v\n",
         "'0001000'). 2 would be but for leading zeros, which spreadsheets and pandas remove from "
         "numbers. write that column as text (in pandas: dtype=str)");
  expect("name,class,domain\nimages/1000.png,a,u\nimages/x.png,b,v\n",
         "'images/1000.png'). 1 would be but for folders and endings. write both alike");
}

TEST_F(SixtySamples, ColumnsOfAnArrayAreCheckedToo) {
  // numpy.save of 60 x 2 float32: an index, and a feature.
  std::string bytes("\x93NUMPY\x01\0\x76\0", 10);
  std::string header = "{'descr': '<f4', 'fortran_order': False, 'shape': (60, 2), }";
  header.resize(0x75, ' ');
  bytes += header + "\n";
  for (int i = 0; i < 60; ++i)
    for (const float number : {static_cast<float>(i), std::sin(static_cast<float>(i * i))})
      bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
  test::write_bytes(folder_ / "f.npy", bytes);
  ImportRequest array = request("f1", [](int row) { return row % 11; });
  array.matrices = {{"net/raw", folder_ / "f.npy"}};
  expect_error(
      ErrorCode::bad_input,
      (folder_ / "s.h5").string() + ": " + (folder_ / "f.npy").string() +
          ": column 1 looks like an index or an id (whole numbers, no two equal). name all "
          "features by --feature-columns, with what is one in spite of its look",
      [&] { (void)import_store(array); });
  array.features = {"2"};
  EXPECT_EQ(import_store(array).sets.at(0).dim, 1u);
  EXPECT_NEAR(values_of(folder_ / "s.h5", "net/raw").at(2), std::sin(4.0F), 1e-6);
}

TEST_F(StoreImport, PassesOnWhatIsDoubtfulOfTheManifest) {
  test::write_bytes(folder_ / "m.csv", "id,class,domain\na,x,u\nb,y,u\nc,x,v\n");
  const ImportReport report = import_store(request({{"net/raw", folder_ / "plain.csv"}}));
  EXPECT_THAT(report.warnings,
              ElementsAre(::testing::StartsWith("no patient is known for 3 of 3 samples")));
  EXPECT_EQ(report.columns.size(), 3U);
  const ImportReport again = import_store(request({{"net/named", folder_ / "named.csv"}}));
  EXPECT_EQ(again.warnings, report.warnings) << "also where the store is there";
}

TEST_F(StoreImport, AFileThatCannotBeReadIsAnErrorOfInput) {
  expect_error(ErrorCode::io,
               store_.string() + ": " + (folder_ / "gone.npy").string() +
                   ": cannot open (No such file or directory)",
               [&] {
                 (void)import_store(request({{"net/c", folder_ / "gone.npy"}}));
               });
  expect_error(ErrorCode::io,
               store_.string() + ": " + (folder_ / "gone.npy").string() +
                   ": cannot open (No such file or directory)",
               [&] {
                 (void)import_store(
                     request({{"net/c", folder_ / "gone.npy"}, {"net/d", folder_ / "gone.npy"}}));
               });
}

TEST_F(StoreImport, NeedsAMatrix) {
  expect_error(ErrorCode::usage,
               "no matrix is given (a store needs an embedding set). name one as "
               "EXTRACTOR/PREPROCESSING=FILE",
               [&] { (void)import_store(request({})); });
}

TEST(MatrixSource, IsANameAndAFile) {
  const MatrixSource source = parse_matrix_source("net/raw=a=b.npy");
  EXPECT_EQ(source.name, "net/raw");
  EXPECT_EQ(source.file, "a=b.npy");
  for (const char* text : {"net/raw", "net/raw=", "net=a.npy", "a/b/c=a.npy", "/raw=a.npy", "="})
    expect_error(ErrorCode::usage,
                 std::string("'") + text +
                     "' does not name a matrix. write EXTRACTOR/PREPROCESSING=FILE, as in "
                     "densenet121/raw=features.npy",
                 [&] { (void)parse_matrix_source(text); });
}

}  // namespace
}  // namespace crossfold
