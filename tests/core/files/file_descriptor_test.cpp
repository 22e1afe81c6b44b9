#include "crossfold/core/file_descriptor.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>

#include "hdf5/scratch_folder.h"

namespace crossfold {
namespace {

bool is_open(int descriptor) { return ::fcntl(descriptor, F_GETFD) >= 0; }

class FileDescriptors : public ::testing::Test {
 protected:
  [[nodiscard]] FileDescriptor open() const {
    return FileDescriptor(::open((folder_ / "a").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666));
  }

  test::ScratchFolder folder_;
};

TEST_F(FileDescriptors, AreClosedOnceWhereverTheyWereMoved) {
  int number = -1;
  {
    FileDescriptor file = open();
    number = file.get();
    FileDescriptor moved = std::move(file);
    EXPECT_EQ(moved.get(), number);
    file = FileDescriptor();
    EXPECT_TRUE(is_open(number));
    moved = FileDescriptor();
    EXPECT_FALSE(is_open(number));
    EXPECT_FALSE(moved.is_open());
  }
  EXPECT_FALSE(FileDescriptor(::open("/no/such/file", O_RDONLY)).is_open());
}

TEST_F(FileDescriptors, ExcludeEachOtherByALockThatEndsWithTheObject) {
  FileDescriptor first = open();
  const FileDescriptor second = open();
  EXPECT_EQ(first.try_lock(), FileDescriptor::Lock::taken);
  EXPECT_EQ(second.try_lock(), FileDescriptor::Lock::held);
  first = FileDescriptor();
  EXPECT_EQ(second.try_lock(), FileDescriptor::Lock::taken);
}

TEST_F(FileDescriptors, SayWhyThereIsNoLock) {
  EXPECT_EQ(FileDescriptor().try_lock(), FileDescriptor::Lock::unsupported);
  EXPECT_EQ(errno, EBADF);
}

}  // namespace
}  // namespace crossfold
