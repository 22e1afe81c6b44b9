#include "shared_file.h"

#include <fstream>
#include <string>
#include <sys/file.h>
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

}  // namespace
}  // namespace crossfold::mpi
