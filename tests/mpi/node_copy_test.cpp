#include "crossfold/mpi/node_copy.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"

#include "mpi/test_session.h"

namespace crossfold::mpi {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kSize = 50'000'001;

void fill_pattern(std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(i * 7);
}

bool has_pattern(const NodeCopy& copy) {
  const auto bytes = copy.bytes();
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (bytes[i] != static_cast<std::byte>(i * 7)) return false;
  return bytes.size() == kSize;
}

std::size_t files_left(const fs::path& folder) {
  const auto is_ours = [](const fs::directory_entry& entry) {
    return entry.path().filename().string().starts_with("crossfold-copy.");
  };
  return static_cast<std::size_t>(
      std::count_if(fs::directory_iterator(folder), fs::directory_iterator(), is_ours));
}

/// A folder that all ranks name alike, gone at the end.
class TestFolder {
 public:
  explicit TestFolder(Session& session) : session_(&session) {
    path_ = session.broadcast([] {
      std::string name = (fs::temp_directory_path() / "crossfold-test.XXXXXX").string();
      return std::string(::mkdtemp(name.data()));
    });
  }
  ~TestFolder() {
    if (session_->is_root()) fs::remove_all(path_);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] const fs::path& path() const { return path_; }

 private:
  Session* session_;
  fs::path path_;
};

/// TMPDIR while it lives; nothing: not set.
class TemporaryFolderIs {
 public:
  explicit TemporaryFolderIs(const std::optional<std::string>& folder) {
    if (const char* before = std::getenv("TMPDIR"); before != nullptr) before_ = before;
    set(folder);
  }
  ~TemporaryFolderIs() { set(before_); }
  TemporaryFolderIs(const TemporaryFolderIs&) = delete;
  TemporaryFolderIs& operator=(const TemporaryFolderIs&) = delete;

 private:
  static void set(const std::optional<std::string>& folder) {
    if (folder)
      ::setenv("TMPDIR", folder->c_str(), 1);
    else
      ::unsetenv("TMPDIR");
  }

  std::optional<std::string> before_;
};

TEST(SharedFolders, AreMemoryThenTheUsersFolderThenTheSystems) {
  using Folders = std::vector<fs::path>;
  {
    const TemporaryFolderIs given("/scratch/me");
    EXPECT_EQ(shared_folders(), (Folders{"/dev/shm", "/scratch/me", "/tmp"}));
  }
  for (const std::optional<std::string>& none :
       {std::optional<std::string>(), std::optional<std::string>("")}) {
    const TemporaryFolderIs given(none);
    EXPECT_EQ(shared_folders(), (Folders{"/dev/shm", "/tmp"}));
  }
}

TEST(NodeCopy, IsFilledOnceAndSeenByAllRanks) {
  Session& session = test_session();
  int fills = 0;
  const NodeCopy copy = share_on_node(session, kSize, [&](std::span<std::byte> bytes) {
    ++fills;
    fill_pattern(bytes);
  });
  EXPECT_EQ(fills, session.local_rank() == 0 ? 1 : 0);
  EXPECT_TRUE(has_pattern(copy));
  EXPECT_EQ(copy.shared(), session.size() > 1);
  session.agree([] {});
}

TEST(NodeCopy, IsNotInAnonymousMemoryWhenShared) {
  Session& session = test_session();
  const std::uint64_t before = anonymous_memory_bytes();
  const NodeCopy copy = share_on_node(session, kSize, fill_pattern);
  EXPECT_TRUE(has_pattern(copy));
  const std::uint64_t grown = anonymous_memory_bytes() - std::min(before, anonymous_memory_bytes());
  if (session.size() > 1) {
    EXPECT_LT(grown, kSize / 2);
  }
  session.agree([] {});
}

TEST(NodeCopy, LeavesNoFileBehind) {
  Session& session = test_session();
  const TestFolder folder(session);
  const NodeCopy copy = share_on_node(session, kSize, fill_pattern, {folder.path()});
  session.agree([] {});
  EXPECT_EQ(files_left(folder.path()), 0U);
  EXPECT_TRUE(has_pattern(copy));
  session.agree([] {});
}

TEST(NodeCopy, TakesTheNextFolderWhereOneCannotHoldIt) {
  Session& session = test_session();
  const TestFolder folder(session);
  const NodeCopy copy =
      share_on_node(session, kSize, fill_pattern, {folder.path() / "absent", folder.path()});
  EXPECT_TRUE(has_pattern(copy));
  EXPECT_EQ(copy.shared(), session.size() > 1);
  session.agree([] {});
}

TEST(NodeCopy, IsEachRanksOwnWhereNoFolderCanHoldIt) {
  Session& session = test_session();
  const TestFolder folder(session);
  const NodeCopy copy = share_on_node(session, kSize, fill_pattern, {folder.path() / "absent"});
  EXPECT_TRUE(has_pattern(copy));
  EXPECT_FALSE(copy.shared());
  session.agree([] {});
}

TEST(NodeCopy, AnErrorOfTheFillReachesAllRanksAndLeavesNoFile) {
  Session& session = test_session();
  const TestFolder folder(session);
  try {
    (void)share_on_node(
        session, kSize,
        [](std::span<std::byte>) { throw Error(ErrorCode::bad_input, "has changed", "a.h5"); },
        {folder.path()});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::bad_input);
    EXPECT_STREQ(error.what(), "a.h5: has changed");
  }
  session.agree([] {});
  EXPECT_EQ(files_left(folder.path()), 0U);
  session.agree([] {});
}

TEST(NodeCopy, TooLargeForAnyMemoryIsAnErrorOnAllRanks) {
  Session& session = test_session();
  EXPECT_THROW((void)share_on_node(session, std::uint64_t{1} << 60, fill_pattern), Error);
}

TEST(NodeCopy, MovesAndMayBeEmpty) {
  Session& session = test_session();
  EXPECT_TRUE(share_on_node(session, 0, fill_pattern).bytes().empty());
  NodeCopy first = share_on_node(session, kSize, fill_pattern);
  NodeCopy second;
  second = std::move(first);
  EXPECT_TRUE(has_pattern(second));
}

}  // namespace
}  // namespace crossfold::mpi
