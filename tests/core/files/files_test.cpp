#include "crossfold/core/files.h"

#include <array>
#include <cstdint>
#include <fstream>
#include <limits>
#include <memory>
#include <regex>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/core/file_descriptor.h"
#include "crossfold/core/host_info.h"

#include "core/disk_watch.h"
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

TEST_F(Files, PartsAreTheBytesAskedForUpToTheEnd) {
  const std::string content = "0123456789";
  write_file_whole(in_folder("a"), content);
  for (const auto& [offset, bytes] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 10}, {0, 0}, {10, 0}, {3, 4}, {9, 1}, {0, 1}})
    EXPECT_EQ(read_file_part(in_folder("a"), offset, bytes), content.substr(offset, bytes));
  const std::string large(200'000, 'x');
  write_file_whole(in_folder("b"), "head" + large + "tail");
  EXPECT_TRUE(read_file_part(in_folder("b"), 4, large.size()) == large);
  EXPECT_EQ(read_file_part(in_folder("b"), 4 + large.size(), 4), "tail");
}

TEST_F(Files, PartsBeyondTheEndAreRefused) {
  write_file_whole(in_folder("a"), "0123456789");
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  for (const auto& place : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {0, 11}, {10, 1}, {9, 2}, {11, 0}, {3, kMost}, {kMost, 3}, {kMost, kMost}})
    expect_error(ErrorCode::bad_input, in_folder("a").string() + ": is cut short (it has 10 bytes)",
                 [&] { (void)read_file_part(in_folder("a"), place.first, place.second); });
  expect_error(ErrorCode::io, in_folder("b").string() + ": cannot open (No such file or directory)",
               [&] { (void)read_file_part(in_folder("b"), 0, 1); });
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

TEST_F(Files, WithoutAnEndAreRefused) {
  ASSERT_EQ(::mkfifo(in_folder("fifo").c_str(), 0600), 0);
  expect_error(
      ErrorCode::io,
      in_folder("fifo").string() +
          ": is a named pipe (who reads it waits until somebody writes to it). give a file, "
          "or <(command) in the shell",
      [&] { (void)read_file(in_folder("fifo"), 4); });
  for (const char* device : {"/dev/zero", "/dev/null"})
    expect_error(ErrorCode::io, std::string(device) + ": is a device (a file is needed)",
                 [&] { (void)read_file(device, 1U << 20U); });
}

TEST_F(Files, PipesOfAShellAreReadToTheirEndOrTheLimit) {
  const auto read_through_pipe = [](const std::string& text, std::uint64_t max_bytes) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const FileDescriptor reading(ends[0]);
    EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
    ::close(ends[1]);
    return read_file("/proc/self/fd/" + std::to_string(ends[0]), max_bytes);
  };
  EXPECT_EQ(read_through_pipe("a manifest\n", 100), "a manifest\n");
  EXPECT_EQ(read_through_pipe("", 100), "");
  try {
    static_cast<void>(read_through_pipe("12345", 4));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_EQ(error.message(),
              "is longer than 4 bytes (the most that is read of a pipe here). give a file");
  }
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

TEST_F(Files, AreNamedInErrorsAsTheUserKnowsThem) {
  expect_error(ErrorCode::io,
               in_folder("a").string() + ":/group: cannot be written\n  cause: no room", [&] {
                 write_file_whole(in_folder("a"), [](const fs::path& temporary) {
                   throw Error(ErrorCode::io, "cannot be written", temporary.string() + ":/group",
                               "no room");
                 });
               });
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

/// The order is what makes a file whole after a power cut: content on disk before it has its name,
/// the name on disk before anyone counts on it.
TEST_F(Files, ReachTheDiskBeforeTheyHaveTheirName) {
  const std::string folder = folder_.filename().string();
  {
    const test::DiskWatch watch(folder_);
    write_file_whole(in_folder("a"), "content");
    EXPECT_THAT(
        test::short_names(watch.calls()),
        ElementsAre("create tmp", "write tmp", "fsync tmp", "rename tmp to a", "fsync " + folder));
  }
  const test::DiskWatch watch(folder_);
  write_file_whole(in_folder("b"),
                   [](const fs::path& temporary) { std::ofstream(temporary) << "by a library"; });
  EXPECT_THAT(test::short_names(watch.calls()), ElementsAre("create tmp", "write tmp", "fsync tmp",
                                                            "rename tmp to b", "fsync " + folder));
}

TEST_F(Files, AreOldOrNewWhateverCallFails) {
  std::size_t failures = 0;
  for (std::size_t call = 0; true; ++call) {
    write_file_whole(in_folder("a"), "old");
    test::DiskWatch watch(folder_);
    watch.fail_once(call);
    std::string told;
    try {
      write_file_whole(in_folder("a"), "new");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::io);
      told = error.what();
    }
    if (!watch.has_failed()) break;
    ++failures;
    EXPECT_THAT(told, ::testing::HasSubstr("(Input/output error)")) << call;
    EXPECT_THAT(told, ::testing::StartsWith(folder_.string())) << call;
    EXPECT_THAT(read_file(in_folder("a"), 10), ::testing::AnyOf("old", "new"));
    EXPECT_THAT(names(), ElementsAre("a")) << call;
  }
  EXPECT_EQ(failures, 5U);
}

TEST_F(Files, OfManyThreadsDoNotMeetUnderOneTemporaryName) {
  constexpr int kThreads = 8;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([this, i] {
        for (int round = 0; round < 50; ++round)
          EXPECT_NO_THROW(
              write_file_whole(in_folder("a"), std::string(1000, static_cast<char>('a' + i))));
      });
  }
  const std::string content = read_file(in_folder("a"), 2000);
  EXPECT_EQ(content, std::string(1000, content[0]));
  EXPECT_THAT(names(), ElementsAre("a"));
}

/// Processes of two hosts may have one number, and write into one folder.
TEST_F(Files, AreCalledAfterHostProcessAndChanceWhileTheyAreTemporary) {
  const TemporaryFile one(in_folder("a"));
  const TemporaryFile two(in_folder("a"));
  EXPECT_NE(one.path(), two.path());
  const std::string pattern = "\\.a\\." + host_info().name + "\\." + std::to_string(::getpid()) +
                              "\\.([0-9]+)\\.([0-9a-f]{16})\\.tmp";
  std::smatch first;
  std::smatch second;
  const std::string first_name = one.path().filename().string();
  const std::string second_name = two.path().filename().string();
  ASSERT_TRUE(std::regex_match(first_name, first, std::regex(pattern))) << first_name;
  ASSERT_TRUE(std::regex_match(second_name, second, std::regex(pattern))) << second_name;
  EXPECT_NE(first[1], second[1]) << "the counter";
  EXPECT_NE(first[2], second[2]) << "by chance";
}

TEST_F(Files, OfKilledProcessesAreLeftAlone) {
  const std::string left = ".a." + host_info().name + "." + std::to_string(::getpid()) + ".tmp";
  std::ofstream(in_folder(left.c_str())) << "half";
  write_file_whole(in_folder("a"), "whole");
  EXPECT_EQ(read_file(in_folder(left.c_str()), 10), "half");
  EXPECT_EQ(read_file(in_folder("a"), 10), "whole");
}

TEST_F(Files, MayHaveTheLongestNamesThereAre) {
  const std::string name(255, 'n');
  write_file_whole(in_folder(name.c_str()), "x");
  EXPECT_THAT(names(), ElementsAre(name));
}

TEST_F(Files, ThatAreNewAreWrittenOverNothingElse) {
  write_new_file(in_folder("a"), "mine");
  EXPECT_NO_THROW(write_new_file(in_folder("a"), "mine"));
  fs::create_symlink(in_folder("nowhere"), in_folder("link"));
  fs::create_directory(in_folder("folder"));
  for (const char* name : {"a", "link", "folder"})
    for (const char* content : {"mina", "mine, longer", ""})
      expect_error(ErrorCode::bad_input,
                   in_folder(name).string() +
                       ": is there already and holds something else (it would be written over). "
                       "name another file, or move it away",
                   [&] { write_new_file(in_folder(name), content); });
  EXPECT_EQ(read_file(in_folder("a"), 10), "mine");
}

TEST_F(Files, ThatAreToBeNewAreAllNamedThatAreThere) {
  write_file_whole(in_folder("a"), "mine");
  fs::create_symlink(in_folder("nowhere"), in_folder("link"));
  fs::create_directory(in_folder("folder"));
  ASSERT_EQ(::mkfifo(in_folder("fifo").c_str(), 0600), 0);
  EXPECT_NO_THROW(require_new_files({in_folder("b"), in_folder("nowhere")}));
  const std::string taken =
      ": is there already (it would be written over). name another file, or move it away";
  for (const char* name : {"a", "link", "folder", "fifo"})
    expect_error(ErrorCode::bad_input, in_folder(name).string() + taken, [&] {
      require_new_files({in_folder("b"), in_folder(name)});
    });
  expect_error(ErrorCode::bad_input,
               "2 errors\n  " + in_folder("a").string() + taken + "\n  " +
                   in_folder("link").string() + taken,
               [&] {
                 require_new_files({in_folder("a"), in_folder("b"), in_folder("link")});
               });
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

TEST_F(Files, FolderHasItsNameOnDiskWhenItIsMade) {
  const std::string folder = folder_.filename().string();
  const test::DiskWatch watch(folder_);
  create_writable_folder(in_folder("a/b"));
  EXPECT_THAT(test::short_names(watch.calls()), ElementsAre("mkdir a", "mkdir b", "fsync " + folder,
                                                            "fsync a", "create tmp", "unlink tmp"));
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

TEST_F(Files, ThatGrowMayHaveToBeNew) {
  write_file_whole(in_folder("a"), "old");
  fs::create_symlink(in_folder("nowhere"), in_folder("link"));
  for (const char* name : {"a", "link"})
    expect_error(ErrorCode::io,
                 in_folder(name).string() + ": cannot open for writing (File exists)",
                 [&] { const AppendFile file(in_folder(name), AppendFile::Which::new_only); });
  EXPECT_EQ(read_file(in_folder("a"), 10), "old");
  EXPECT_FALSE(fs::exists(in_folder("nowhere")));
  AppendFile(in_folder("b"), AppendFile::Which::new_only).append("new");
  AppendFile(in_folder("b")).append("er");
  EXPECT_EQ(read_file(in_folder("b"), 10), "newer");
}

TEST_F(Files, ThatGrowAreHeldByOneAtATime) {
  auto first = std::make_unique<AppendFile>(in_folder("a"));
  AppendFile second(in_folder("a"));
  EXPECT_TRUE(first->hold());
  EXPECT_TRUE(first->hold()) << "it is its own";
  EXPECT_FALSE(second.hold());
  EXPECT_TRUE(AppendFile(in_folder("b")).hold()) << "another file";
  first.reset();
  EXPECT_TRUE(second.hold());
}

TEST_F(Files, ThatGrowAreOnDiskOnceFlushed) {
  const std::string folder = folder_.filename().string();
  test::DiskWatch watch(folder_);
  AppendFile journal(in_folder("journal"));
  journal.append("one\n");
  journal.flush();
  EXPECT_THAT(test::short_names(watch.calls()),
              ElementsAre("open journal", "fsync " + folder, "write journal", "fdatasync journal"));
  watch.fail_once(0);
  expect_error(ErrorCode::io,
               in_folder("journal").string() + ": cannot flush to disk (Input/output error)",
               [&] { journal.flush(); });
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
