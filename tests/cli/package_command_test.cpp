// `crossfold package`: what its options put into a crate, and what it says of the audit inside.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/program.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A store and a run, made once.
class PackageCommand : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new ScratchFolder;  // owned by the suite, freed below
    make_store("s.h5", "1");
    write_text(file("job.json"), R"({"name": "j", "store": "s.h5", "embeddings": "synth/shortcut",
 "experiments": [{"name": "task", "evaluate": ["in", "oos"], "candidates": [{"kind": "linear"}]}],
 "splits": {"folds": 2, "seeds": 1}})");
    const Ended run = run_crossfold({"run", file("job.json"), "--out", file("j.run")});
    ASSERT_EQ(run.code, 0) << run.err;
  }
  static void TearDownTestSuite() { delete folder_; }

  static std::string file(const std::string& name) { return folder_->file(name); }
  static void make_store(const std::string& name, const std::string& seed) {
    const Ended made = run_crossfold({"store", "synth", "shortcut", file(name), "--scale", "0.05",
                                      "--dim", "8", "--seed", seed});
    ASSERT_EQ(made.code, 0) << made.err;
  }
  static Ended package(const std::string& run, const std::string& name,
                       const std::vector<std::string>& more) {
    std::vector<std::string> words{"package", run, "-o", file(name)};
    words.insert(words.end(), more.begin(), more.end());
    const Ended ended = run_crossfold(words);
    EXPECT_EQ(ended.code, 0) << ended.err;
    return ended;
  }

  static ScratchFolder* folder_;
};

ScratchFolder* PackageCommand::folder_ = nullptr;

TEST_F(PackageCommand, HoldsWhatItsOptionsSay) {
  const auto packed = [&](const std::string& name, const std::vector<std::string>& more) {
    static_cast<void>(package(file("j.run"), name, more));
    return fs::path(file(name));
  };
  const fs::path plain = packed("plain.crate", {});
  EXPECT_FALSE(fs::exists(plain / "store.h5"));
  const fs::path full = packed("full.crate", {"--with-store", "--auditor", "A. Reviewer",
                                              "--license", "https://spdx.org/licenses/CC-BY-4.0"});
  EXPECT_EQ(fs::file_size(full / "store.h5"), fs::file_size(file("s.h5")));
  const std::string about = read_text(full / "ro-crate-metadata.json");
  EXPECT_THAT(about, HasSubstr("https://spdx.org/licenses/CC-BY-4.0"));
  bool is_signed = false;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(full))
    is_signed |= entry.path().filename() == "audit.txt" &&
                 read_text(entry.path()).find("A. Reviewer") != std::string::npos;
  EXPECT_TRUE(is_signed);
}

/// What the program says of a crate is what lies there.
TEST_F(PackageCommand, IsToldInNumbers) {
  const std::string told = package(file("j.run"), "counted.crate", {}).out;
  std::size_t files = 0;
  std::uintmax_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(file("counted.crate")))
    if (entry.is_regular_file()) {
      ++files;
      bytes += entry.file_size();
    }
  EXPECT_EQ(told, file("counted.crate") + ": " + std::to_string(files) + " files, " +
                      std::to_string(bytes) + " bytes, 1 session\n");
}

/// The audit inside asks its rules of the store that is named, be it packed or not, and what it
/// objects to is told.
TEST_F(PackageCommand, IsAuditedByTheStoreThatIsNamed) {
  const fs::path moved = fs::path(file("moved")) / "j.run";
  fs::create_directories(moved.parent_path());
  fs::copy(file("j.run"), moved, fs::copy_options::recursive);
  const auto has_store = [&](const std::string& name, const std::vector<std::string>& more) {
    static_cast<void>(package(moved.string(), name, more));
    const std::string audit = read_text(fs::path(file(name)) / "audit.txt");
    EXPECT_THAT(audit, ::testing::ContainsRegex("INT-02  (pass|-) "));
    return audit.find("INT-02  pass") != std::string::npos;
  };
  EXPECT_FALSE(has_store("none.crate", {}));
  EXPECT_TRUE(has_store("named.crate", {"--store", file("s.h5")}));
  EXPECT_TRUE(has_store("packed.crate", {"--store", file("s.h5"), "--with-store"}));

  // It warns of what the audit of the same run and store objects to, and packs it all the same.
  make_store("other.h5", "2");
  for (const char* store : {"s.h5", "other.h5"}) {
    const Ended audit = run_crossfold({"audit", file("j.run"), "--store", file(store)});
    const std::string crate = std::string(store) + ".crate";
    const Ended packed = package(file("j.run"), crate, {"--store", file(store)});
    EXPECT_EQ(packed.err.find(file(crate) + ": a rule of the audit inside fails (audit.txt)\n") !=
                  std::string::npos,
              audit.code == 1)
        << store << packed.err;
    EXPECT_TRUE(store == std::string("s.h5") || audit.code == 1) << "of another run";
  }
}

}  // namespace
}  // namespace crossfold
