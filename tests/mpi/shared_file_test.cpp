#include "shared_file.h"

#include <fstream>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace crossfold::mpi {
namespace {

namespace fs = std::filesystem;
using testing::EndsWith;

struct SharedFileTest : testing::Test {
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "crossfold-test.XXXXXX").string();
    folder = ::mkdtemp(name.data());
  }
  void TearDown() override { fs::remove_all(folder); }

  [[nodiscard]] fs::path file_of_pid(const std::string& pid) const {
    fs::path path = folder / ("crossfold-copy." + std::to_string(::geteuid()) + "." + pid +
                              ".0123456789abcdef");
    std::ofstream(path) << "x";
    return path;
  }

  fs::path folder;
  std::string reasons;
};

TEST_F(SharedFileTest, HasRoomForAllItsBytesAndLosesItsNameAtTheEnd) {
  fs::path path;
  {
    const auto file = SharedFile::create(folder, 100'000, reasons);
    ASSERT_TRUE(file);
    path = file->path();
    EXPECT_EQ(fs::file_size(path), 100'000U);
    EXPECT_EQ(fs::status(path).permissions(), fs::perms::owner_read | fs::perms::owner_write);
    const auto reader = SharedFile::open(path, 100'000);
    EXPECT_TRUE(reader);
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(SharedFileTest, IsNotOpenedWhenAbsentOrOfAnotherSize) {
  const auto file = SharedFile::create(folder, 1000, reasons);
  ASSERT_TRUE(file);
  EXPECT_FALSE(SharedFile::open(file->path(), 1001));
  EXPECT_FALSE(SharedFile::open(folder / "absent", 1000));
}

TEST_F(SharedFileTest, SaysWhyItCannotBeCreated) {
  EXPECT_FALSE(SharedFile::create(folder / "absent", 1000, reasons));
  EXPECT_EQ(reasons, (folder / "absent").string() + ": No such file or directory");
  EXPECT_FALSE(SharedFile::create(folder, std::uint64_t{1} << 62, reasons));
  EXPECT_NE(reasons.find("; " + folder.string() + ": "), std::string::npos) << reasons;
  EXPECT_TRUE(fs::is_empty(folder));
}

TEST_F(SharedFileTest, FilesOfKilledRunsAreRemovedAndThoseInUseAreNot) {
  const auto in_use = SharedFile::create(folder, 1000, reasons);
  ASSERT_TRUE(in_use);
  const fs::path stale = file_of_pid("4194305");
  const fs::path recycled = file_of_pid(std::to_string(::getpid()));  // nobody holds its lock
  const std::string ours = "crossfold-copy." + std::to_string(::geteuid());
  const std::vector<std::string> others{"other", ours + ".notes", ours + ".7.0123",
                                        ours + ".7.0123456789abcdef.bak"};
  for (const std::string& name : others) std::ofstream(folder / name) << "x";
  remove_stale_files(folder);
  EXPECT_TRUE(fs::exists(in_use->path()));
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_FALSE(fs::exists(recycled));
  for (const std::string& name : others) EXPECT_TRUE(fs::exists(folder / name)) << name;
}

/// Root may remove the files of anybody.
TEST_F(SharedFileTest, FilesOfOtherUsersAndLinksAreLeft) {
  const std::string me = std::to_string(::geteuid());
  const std::string number = ".7.0123456789abcdef";
  std::vector<fs::path> left;
  for (const std::string& user : {std::to_string(::geteuid() + 1), me + "0", "0" + me})
    left.push_back(folder / ("crossfold-copy." + user + number));
  left.push_back(folder / "target");
  for (const fs::path& path : left) std::ofstream(path) << "x";
  const fs::path link = folder / ("crossfold-copy." + me + ".8.0123456789abcdef");
  fs::create_symlink("target", link);
  remove_stale_files(folder);
  for (const fs::path& path : left) EXPECT_TRUE(fs::exists(path)) << path;
  EXPECT_TRUE(fs::is_symlink(link));
}

/// Anybody may make one in /dev/shm, and who opens it to read would wait for a writer.
TEST_F(SharedFileTest, APipeOfSuchANameIsNotWaitedFor) {
  const fs::path pipe = file_of_pid("4194306");
  fs::remove(pipe);
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0666), 0);
  remove_stale_files(folder);
  EXPECT_TRUE(fs::exists(pipe));
  EXPECT_FALSE(SharedFile::open(pipe, 0));
}

TEST_F(SharedFileTest, IsNotOpenedThroughALinkOrWhereItIsAnotherUsers) {
  const auto file = SharedFile::create(folder, 1000, reasons);
  ASSERT_TRUE(file);
  fs::create_symlink(file->path(), folder / "link");
  EXPECT_FALSE(SharedFile::open(folder / "link", 1000));
  EXPECT_TRUE(SharedFile::open(file->path(), 1000));
  if (::chown(file->path().c_str(), ::geteuid() + 1, ::getegid()) != 0)
    GTEST_SKIP() << "only root gives files away";
  EXPECT_FALSE(SharedFile::open(file->path(), 1000));
}

}  // namespace
}  // namespace crossfold::mpi
