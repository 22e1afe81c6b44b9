#include "crossfold/core/files.h"

#include <fstream>
#include <unistd.h>
#include <vector>

#include <gmock/gmock.h>

#include "core/expect_error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

using namespace std::string_literals;
using ::testing::ElementsAre;

/// A fresh folder for one test. (Permissions stop nobody who runs as root: folders that cannot be
/// written are files in a folder's place, or lie under /proc.)
class Files : public ::testing::Test {
 protected:
  Files() {
    std::string pattern = (fs::temp_directory_path() / "crossfold-files-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) ADD_FAILURE() << "cannot make " << pattern;
    folder_ = pattern;
  }
  ~Files() override { fs::remove_all(folder_); }

  [[nodiscard]] fs::path in_folder(const char* name) const { return folder_ / name; }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_))
      names.push_back(entry.path().filename().string());
    return names;
  }

  fs::path folder_;
};

TEST_F(Files, ReadWhatWasWrittenByteForByte) {
  const std::string content = "line\n\0\r\xFF end"s;  // a zero byte in the middle
  write_file_whole(in_folder("a"), content);
  EXPECT_EQ(read_file(in_folder("a"), 12), content);
  write_file_whole(in_folder("a"), "");
  EXPECT_EQ(read_file(in_folder("a"), 0), "");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(Files, OfManyBlocksAreReadWhole) {
  const std::string content(300'000, 'x');
  write_file_whole(in_folder("a"), content);
  EXPECT_EQ(read_file(in_folder("a"), 1U << 20U), content);
}

TEST_F(Files, TooLargeAreRefusedWithTheirSize) {
  write_file_whole(in_folder("a"), "12345");
  expect_error(ErrorCode::bad_input,
               in_folder("a").string() + ": has 5 bytes (at most 4 are accepted)",
               [&] { (void)read_file(in_folder("a"), 4); });
}

TEST_F(Files, WithoutASizeOfTheirOwnAreRefusedWhileTheyAreRead) {
  expect_error(ErrorCode::bad_input, "/proc/self/status: is longer than 10 bytes",
               [] { (void)read_file("/proc/self/status", 10); });
}

TEST_F(Files, MissingAndFoldersAreNamedWithTheReason) {
  expect_error(ErrorCode::io, in_folder("a").string() + ": cannot open (No such file or directory)",
               [&] { (void)read_file(in_folder("a"), 4); });
  expect_error(ErrorCode::io, folder_.string() + ": is a folder (a file is needed)",
               [&] { (void)read_file(folder_, 1U << 20U); });
}

TEST_F(Files, AreNotWrittenWhereThereIsNoFolder) {
  const std::string path = in_folder("none/a").string();
  expect_error(ErrorCode::io, path + ": cannot create (No such file or directory)",
               [&] { write_file_whole(path, "new"); });
  expect_error(ErrorCode::io, "/proc/crossfold: cannot create (No such file or directory)",
               [] { write_file_whole("/proc/crossfold", "new"); });
}

TEST_F(Files, StandAsTheyWereWhenWritingStopsInTheMiddle) {
  write_file_whole(in_folder("a"), "old");
  expect_error(ErrorCode::io, "disk full", [&] {
    write_file_whole(in_folder("a"), [](const fs::path& temporary) {
      std::ofstream(temporary) << "ne";
      throw Error(ErrorCode::io, "disk full");
    });
  });
  EXPECT_EQ(read_file(in_folder("a"), 10), "old");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(Files, WrittenByALibraryAppearUnderTheirName) {
  write_file_whole(in_folder("a"), [&](const fs::path& temporary) {
    EXPECT_NE(temporary, in_folder("a"));
    EXPECT_EQ(temporary.parent_path(), folder_);
    std::ofstream(temporary) << "by a library";
    EXPECT_FALSE(fs::exists(in_folder("a")));
  });
  EXPECT_EQ(read_file(in_folder("a"), 100), "by a library");
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(Files, DoNotReplaceAFolder) {
  fs::create_directory(in_folder("a"));
  expect_error(ErrorCode::io,
               in_folder("a").string() + ": cannot rename into place (Is a directory)",
               [&] { write_file_whole(in_folder("a"), "new"); });
  EXPECT_THAT(names(), ElementsAre("a"));
}

TEST_F(Files, CanBeNamedWithoutAFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  write_file_whole("a", "here");
  AppendFile("b").append("there");
  EXPECT_EQ(read_file("a", 10) + read_file("b", 10), "herethere");
  fs::current_path(before);
}

TEST_F(Files, FolderIsMadeWithThoseAboveItAndMayBeThere) {
  create_writable_folder(in_folder("a/b/c"));
  EXPECT_TRUE(fs::is_directory(in_folder("a/b/c")));
  EXPECT_NO_THROW(create_writable_folder(in_folder("a/b/c")));
  EXPECT_TRUE(fs::is_empty(in_folder("a/b/c")));
}

TEST_F(Files, FolderThatCannotBeMadeIsNamedWithTheReason) {
  write_file_whole(in_folder("file"), "");
  const std::string remedy = "). choose another one or ask for the right to write there";
  for (const fs::path& path : {in_folder("file"), in_folder("file/run")})
    expect_error(ErrorCode::io,
                 path.string() + ": cannot create this folder (Not a directory" + remedy,
                 [&] { create_writable_folder(path); });
  expect_error(ErrorCode::io,
               "/proc/crossfold: cannot create this folder (No such file or directory" + remedy,
               [] { create_writable_folder("/proc/crossfold"); });
}

TEST_F(Files, FolderThatCannotBeWrittenIsNamedWithTheReason) {
  expect_error(ErrorCode::io,
               "/proc/self: cannot write into this folder (No such file or directory). choose "
               "another one or ask for the right to write there",
               [] { create_writable_folder("/proc/self"); });
}

TEST_F(Files, GrowOnlyAtTheEnd) {
  {
    AppendFile journal(in_folder("journal"));
    journal.append("one\n");
    journal.append("");
    journal.flush();
    EXPECT_EQ(read_file(in_folder("journal"), 100), "one\n");
  }
  AppendFile again(in_folder("journal"));
  AppendFile moved = std::move(again);
  moved.append("two\n");
  AppendFile other(in_folder("other"));
  moved = std::move(other);
  moved.append("three\n");
  EXPECT_EQ(read_file(in_folder("journal"), 100), "one\ntwo\n");
  EXPECT_EQ(read_file(in_folder("other"), 100), "three\n");
}

TEST_F(Files, ThatCannotBeOpenedForAddingAreNamed) {
  expect_error(
      ErrorCode::io,
      in_folder("none/journal").string() + ": cannot open for writing (No such file or directory)",
      [&] { const AppendFile journal(in_folder("none/journal")); });
}

TEST_F(Files, OnAFullDiskSaySo) {
  if (!fs::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  AppendFile full("/dev/full");
  expect_error(ErrorCode::io,
               "/dev/full: cannot write (No space left on device). free space or choose another "
               "folder, then run again",
               [&] { full.append("x"); });
}

}  // namespace
}  // namespace crossfold
