// Where artefacts.h5 says that something lies, there it lies: many fits in one segment, several
// segments, several sessions, and files of their own of earlier programs.

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/hdf5/file.h"
#include "crossfold/results/missing_artefacts.h"
#include "crossfold/results/run_scan.h"

#include "results/directory/old_run.h"
#include "results/small_run.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

class ArtefactsOfManySegments : public ::testing::Test {
 protected:
  /// One session of two workers, who take turns; the fits, from `first` on, in reverse order.
  void train(const fs::path& path, std::size_t first, std::size_t fits) {
    RunDirectory directory =
        RunDirectory::open(path, testing::small_job(), testing::small_samples(), run_.plan());
    const SegmentFolder folder = directory.begin_segments();
    SegmentWriter odd(folder, Rank{1});
    SegmentWriter even(folder, Rank{2});
    for (std::size_t i = first + fits; i-- > first;) {
      const FitId& id = run_.plan().fits[i].id;
      FitResult result = testing::result_of(run_.plan(), run_.plan().fits[i]);
      result.artefacts.held_out->probabilities.resize(3 * (i + 1), 0.5);
      result.artefacts.held_out->rows.resize(i + 1, 1);
      documents_[id.hex()] = artefacts_to_bytes(id, result.artefacts);
      result.artefacts = {};
      directory.append({.result = result,
                        .artefacts = (i % 2 == 1 ? odd : even).append(id, documents_[id.hex()]),
                        .origin = testing::kAlpha});
    }
    odd.flush();
    even.flush();
    directory.flush();
  }
  [[nodiscard]] fs::path segment_of(const RunRecords& records, std::size_t fit) const {
    return run_.path("segments") / records.artefacts.at(run_.plan().fits[fit].id).segment;
  }

  testing::SmallRun run_;
  std::map<std::string, std::string> documents_;  ///< by fit
};

TEST_F(ArtefactsOfManySegments, LieWhereTheIndexSays) {
  train(run_.path(), 0, 5);
  train(run_.path(), 5, 4);
  write_final_files(run_.path());
  const hdf5::File file = hdf5::File::open(run_.path("artefacts.h5"));
  const hdf5::Group root = file.root();
  EXPECT_EQ(root.text_attribute("plan_sha256"), run_.plan().hash.hex());
  const std::vector<std::string> fits = root.open_dataset("fit").read_texts(100);
  ASSERT_EQ(fits.size(), 9U);
  EXPECT_EQ(std::set(fits.begin(), fits.end()).size(), 9U);
  const auto files = root.open_dataset("file").read_all<std::int32_t>();
  const auto levels = root.open_dataset("file").texts_attribute("levels", 100);
  EXPECT_EQ(levels.size(), 4U);
  const auto encoding = root.open_dataset("encoding").read_all<std::int32_t>();
  EXPECT_THAT(root.open_dataset("encoding").texts_attribute("levels", 9),
              ElementsAre("safetensors", "cbor"));
  const auto offset = root.open_dataset("offset").read_all<std::int64_t>();
  const auto bytes = root.open_dataset("bytes").read_all<std::int64_t>();
  const auto hashes = root.open_dataset("sha256").read_texts(100);
  for (std::size_t row = 0; row < fits.size(); ++row) {
    const std::string segment =
        test::bytes_of(run_.path() / levels.at(static_cast<std::size_t>(files[row])));
    EXPECT_EQ(
        segment.substr(static_cast<std::size_t>(offset[row]), static_cast<std::size_t>(bytes[row])),
        documents_.at(fits[row]));
    EXPECT_EQ(hashes[row], sha256(documents_.at(fits[row])).hex());
    EXPECT_EQ(encoding[row], 0);
  }
}

TEST_F(ArtefactsOfManySegments, LieInFilesOfTheirOwnWhereAnEarlierProgramBegan) {
  const fs::path path = run_.path();
  testing::write_old_run(run_, path);
  train(path, 2, 2);
  write_final_files(path);
  const hdf5::File file = hdf5::File::open(path / "artefacts.h5");
  const hdf5::Group root = file.root();
  EXPECT_THAT(root.open_dataset("encoding").read_all<std::int32_t>(), ElementsAre(1, 1, 0, 0));
  const auto files = root.open_dataset("file").read_all<std::int32_t>();
  const auto levels = root.open_dataset("file").texts_attribute("levels", 100);
  const auto bytes = root.open_dataset("bytes").read_all<std::int64_t>();
  for (std::size_t row = 0; row < 2; ++row) {
    const std::string id = run_.plan().fits[row].id.hex();
    const std::string& name = levels.at(static_cast<std::size_t>(files[row]));
    EXPECT_EQ(name, "artefacts/" + id.substr(0, 2) + "/" + id + ".cbor");
    EXPECT_EQ(static_cast<std::uintmax_t>(bytes[row]), fs::file_size(path / name));
  }
}

/// Each fit is read on its own, and what is lost is told of together.
TEST_F(ArtefactsOfManySegments, AreReadUntilAllThatIsLostIsKnown) {
  train(run_.path(), 0, 4);
  train(run_.path(), 4, 4);
  const RunRecords records = run_.load();
  fs::remove(segment_of(records, 1));  // that of fit 3 too
  std::string bytes = test::bytes_of(segment_of(records, 6));
  bytes[records.artefacts.at(run_.plan().fits[6].id).offset + 9] ^= 1;
  test::write_bytes(segment_of(records, 6), bytes);
  ArtefactReader reader(run_.path(), records);
  for (std::size_t fit = 0; fit < 9; ++fit) {
    const auto read = reader.read(run_.plan().fits[fit].id);
    EXPECT_EQ(read.has_value(), fit != 1 && fit != 3 && fit != 6) << fit;
    if (read && fit < 8) {
      EXPECT_EQ(read->held_out->probabilities.size(), 3 * (fit + 1));
    }
    if (read && fit == 8) {
      EXPECT_TRUE(read->empty()) << "nothing was kept of it";
    }
  }
  try {
    reader.throw_if_any_is_lost();
    FAIL() << "nothing is said to be lost";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("2 errors"));
    EXPECT_THAT(error.what(), HasSubstr(segment_of(records, 1).string() + ": is missing"));
    EXPECT_THAT(error.what(), HasSubstr(", and of 1 more"));
    EXPECT_THAT(error.what(), HasSubstr(segment_of(records, 6).string() + ": is damaged"));
  }
  const MissingArtefacts missing = missing_artefacts(run_.path(), records);
  EXPECT_THAT(missing.fits, UnorderedElementsAre(run_.plan().fits[1].id, run_.plan().fits[3].id))
      << "damage is no absence";
  EXPECT_THAT(missing.lines, ElementsAre(HasSubstr(": is missing: ")));
  test::write_bytes(segment_of(records, 4), "cut");
  EXPECT_EQ(missing_artefacts(run_.path(), records).fits.size(), 2U) << "nor is a file cut short";
}

TEST_F(ArtefactsOfManySegments, ThatNoLineNamesAreCounted) {
  train(run_.path(), 0, 4);
  train(run_.path(), 4, 5);
  const RunRecords records = run_.load();
  std::vector<ScannedFit> fits = scan_run(run_.path()).fits;
  std::erase_if(fits, [&](const ScannedFit& fit) {
    const FitId& id = fit.result.id;
    const std::vector<Fit>& planned = run_.plan().fits;
    return id == planned[0].id || id == planned[2].id || id == planned[7].id;
  });
  std::map<std::string, std::uint64_t> found;
  for (const UnnamedArtefacts& unnamed : unnamed_artefacts(run_.path(), fits))
    found[unnamed.file] = unnamed.documents;
  const auto name = [&](std::size_t fit) {
    return "segments/" + records.artefacts.at(run_.plan().fits[fit].id).segment;
  };
  EXPECT_EQ(found, (std::map<std::string, std::uint64_t>{{name(0), 2}, {name(7), 1}}));
}

}  // namespace
}  // namespace crossfold
