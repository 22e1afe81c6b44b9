// Disks that are full, read-only, gone or in use by another run.

#include <cstdint>
#include <filesystem>
#include <sys/mount.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/held_run.h"
#include "faults/small_study.h"

namespace crossfold::test {
namespace {

using ::testing::HasSubstr;

/// A small file system in memory; nothing where this user may not mount one.
class SmallDisk {
 public:
  explicit SmallDisk(std::string path) : path_(std::move(path)) {
    std::filesystem::create_directory(path_);
    mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=1m") == 0;
  }
  ~SmallDisk() {
    if (mounted_) ::umount2(path_.c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  /// Leaves about so many bytes free.
  void fill_up_to(std::uintmax_t free_bytes) const {
    const std::uintmax_t free = std::filesystem::space(path_).available;
    if (free > free_bytes)
      write_text(path_ + "/ballast", std::string(static_cast<std::size_t>(free - free_bytes), 'x'));
  }
  void make_room() const { std::filesystem::remove(path_ + "/ballast"); }

 private:
  std::string path_;
  bool mounted_ = false;
};

class Disk : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    study_ = new SmallStudy(12);  // owned by the suite, freed below
    const Ended whole = run_crossfold(study_->run("whole"));
    ASSERT_EQ(whole.code, 0) << whole.err;
    expected_ = study_->report("whole");
  }
  static void TearDownTestSuite() { delete study_; }

  static SmallStudy* study_;
  static std::string expected_;
};

SmallStudy* Disk::study_ = nullptr;
std::string Disk::expected_;

TEST_F(Disk, FullInTheMiddleOfARunIsToldAndHealedByRoom) {
  const SmallDisk disk(study_->out("full"));
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a file system (root)";
  const std::string name = "full/run";
  for (const std::uintmax_t room : {60'000, 90'000}) {
    disk.fill_up_to(room);
    const Ended ended = run_crossfold(study_->run(name, {"--workers", "2"}));
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr("cannot write (No space left on device). free space or choose "
                                     "another folder, then run again"));
    EXPECT_THAT(ended.err, ::testing::AnyOf(HasSubstr("results can no longer be recorded"),
                                            HasSubstr("no worker is left, but ")));
    disk.make_room();
  }
  const std::vector<std::string> before = study_->recorded(name);
  EXPECT_FALSE(before.empty());
  EXPECT_LT(before.size(), 24U);
  const Ended resumed = run_crossfold(study_->run(name));
  EXPECT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_THAT(resumed.err,
              HasSubstr(std::to_string(before.size()) + " of 24 fits are done already"));
  EXPECT_EQ(study_->report(name), expected_);
}

TEST_F(Disk, FullUnderMpirunEndsAllRanksWithFour) {
  const SmallDisk disk(study_->out("ranks"));
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a file system (root)";
  disk.fill_up_to(60'000);
  const Ended ended = Child(with_ranks(3, study_->run("ranks/run")), study_->folder()).wait();
  EXPECT_EQ(ended.code, 4) << ended.err;
  EXPECT_THAT(ended.err, HasSubstr("No space left on device"));
  disk.make_room();
  EXPECT_EQ(run_crossfold(study_->run("ranks/run")).code, 0);
  EXPECT_EQ(study_->report("ranks/run"), expected_);
}

TEST_F(Disk, ReadOnlyIsToldBeforeAnyWork) {
  const SmallDisk disk(study_->out("fixed"));
  if (!disk.mounted()) GTEST_SKIP() << "needs the right to mount a file system (root)";
  const std::string path = study_->out("fixed");
  ASSERT_EQ(::mount("", path.c_str(), "", MS_REMOUNT | MS_RDONLY, nullptr), 0);
  const Ended ended = run_crossfold(study_->run("fixed/run"));
  EXPECT_EQ(ended.code, 4);
  EXPECT_THAT(ended.err, HasSubstr("fixed/run: cannot create this folder (Read-only file system). "
                                   "choose another one or ask for the right to write there"));
}

/// What stands in the journal before the error is safe; what came after it is trained again.
TEST_F(Disk, AJournalThatCannotBeWrittenOrFlushedEndsTheRunWithFour) {
  struct Break {
    const char* call;
    const char* from;
  };
  // The header's flush and the session's come before that of the first fits, however many it
  // covers.
  for (const Break& at : {Break{"write", "9"}, Break{"fdatasync", "3"}}) {
    const std::string name = std::string("broken-") + at.call;
    std::vector<std::string> command = study_->command(name, {"--workers", "2"});
    command.insert(command.begin(),
                   {"env", std::string("LD_PRELOAD=") + CROSSFOLD_BAD_DISK,
                    std::string("BAD_DISK_FROM=") + at.from,
                    std::string("BAD_DISK_CALL=") + at.call, "BAD_DISK_FILE=/journal.jsonl"});
    const Ended ended = Child(command, study_->folder()).wait();
    EXPECT_EQ(ended.code, 4) << ended.err;
    EXPECT_THAT(ended.err, HasSubstr(name + "/journal.jsonl: cannot "));
    EXPECT_THAT(ended.err, HasSubstr("(Input/output error)"));
    const std::vector<std::string> before = study_->recorded(name);
    EXPECT_FALSE(before.empty());
    const Ended resumed = run_crossfold(study_->run(name));
    EXPECT_EQ(resumed.code, 0) << resumed.err;
    EXPECT_THAT(resumed.err,
                HasSubstr(std::to_string(before.size()) + " of 24 fits are done already"));
    EXPECT_EQ(study_->report(name), expected_);
  }
}

/// The matrices are in memory once the run is under way.
TEST_F(Disk, AStoreThatVanishesDoesNotDisturbARun) {
  const std::string store = study_->folder() / "s.h5";
  const WriteHold held = hold_after_fits(study_->folder(), 2);
  Child run(held.on(study_->command("vanished", {"--workers", "2"})), study_->folder());
  held.wait(run);
  std::filesystem::rename(store, store + ".away");
  held.release();
  const Ended ended = run.wait();
  EXPECT_EQ(ended.code, 0) << ended.err;
  EXPECT_EQ(study_->report("vanished"), expected_);
  const Ended next = run_crossfold(study_->run("next"));
  std::filesystem::rename(store + ".away", store);
  EXPECT_EQ(next.code, 4) << next.err;
  EXPECT_THAT(next.err, HasSubstr("s.h5: "));
}

TEST_F(Disk, ASecondRunInTheSameFolderIsRefusedWithWhoAndWhere) {
  const WriteHold held = hold_after_fits(study_->folder(), 2);
  Child run(held.on(study_->command("shared", {"--workers", "1"})), study_->folder());
  held.wait(run);
  const Ended second = run_crossfold(study_->run("shared"));
  EXPECT_EQ(second.code, 4);
  EXPECT_THAT(second.err, HasSubstr("shared: another run is alive in this folder (host "));
  EXPECT_THAT(second.err, HasSubstr(", process " + std::to_string(run.pid()) + ", since 20"));
  EXPECT_THAT(second.err, HasSubstr("Z). wait for it, or choose another --out\n"));
  held.release();
  EXPECT_EQ(run.wait().code, 0);
  EXPECT_EQ(study_->report("shared"), expected_);
}

}  // namespace
}  // namespace crossfold::test
