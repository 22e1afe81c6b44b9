#include "crossfold/hdf5/file.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/hdf5/file_header.h"

#include "core/disk_watch.h"
#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::hdf5 {
namespace {

using test::error_of;
using test::ScratchFolder;

void write_sample(Group root) {
  root.write_attribute("format", "sample");
  Group group = root.create_group("numbers");
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  group.write<float>("x", values, {3, 2}, {2, Layout::Checksum::fletcher32});
  group.write_texts("names", std::vector<std::string>{"a", "", "größer"});
}

void write_sample_file(const std::filesystem::path& path) {
  File file = File::create(path);
  write_sample(file.root());
  file.close();
}

/// The library keeps much back until something is closed, where a failure is easily lost.
TEST(File, SaysWhicheverOfItsWritesFails) {
  const ScratchFolder folder;
  std::size_t failures = 0;
  for (std::size_t call = 0; true; ++call) {
    test::DiskWatch watch(folder.path());
    watch.fail_once(call, ENOSPC);
    bool told = false;
    try {
      write_sample_file(folder / "a.h5");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::io);
      EXPECT_EQ(std::string(error.what()).find((folder / "a.h5").string()), 0U) << error.what();
      told = true;
    }
    if (!watch.has_failed()) break;
    ++failures;
    EXPECT_TRUE(told) << test::short_names({watch.calls().at(call)}).front() << ", call " << call;
  }
  EXPECT_GT(failures, 5U);
}

TEST(File, EqualContentGivesEqualBytes) {
  const ScratchFolder folder;
  write_sample_file(folder / "a.h5");
  write_sample_file(folder / "b.h5");
  EXPECT_EQ(test::bytes_of(folder / "a.h5"), test::bytes_of(folder / "b.h5"));
}

TEST(File, SaysWhyItCannotBeOpened) {
  const ScratchFolder folder;
  test::write_bytes(folder / "text.h5", "just text");
  const Error error = error_of([&] { (void)File::open(folder / "text.h5"); });
  EXPECT_EQ(error.code(), ErrorCode::bad_input);
  EXPECT_EQ(error.where(), (folder / "text.h5").string());
  EXPECT_EQ(
      error.message(),
      "cannot be opened as HDF5 (it is damaged or of another format). copy or write it again");
  EXPECT_THAT(error.cause(), testing::StartsWith("HDF5: "));
  EXPECT_THAT(error.cause(), testing::HasSubstr("file signature not found"));
}

TEST(File, SaysWhyItCannotBeCreated) {
  const ScratchFolder folder;
  const Error error = error_of([&] { (void)File::create(folder / "missing" / "a.h5"); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_EQ(error.message(),
            "cannot be created. choose a folder that exists and can be written to");
  EXPECT_THAT(error.cause(), testing::HasSubstr("No such file or directory"));
}

TEST(FileHeader, KnowsTheLengthTheFileShouldHave) {
  const ScratchFolder folder;
  write_sample_file(folder / "a.h5");
  const std::string bytes = test::bytes_of(folder / "a.h5");
  const FileHeader whole = read_file_header(folder / "a.h5");
  EXPECT_EQ(whole.signature, FileHeader::Signature::present);
  EXPECT_EQ(whole.stated_bytes, bytes.size());
  EXPECT_FALSE(whole.cut_short());

  test::write_bytes(folder / "cut.h5", bytes.substr(0, bytes.size() - 1));
  EXPECT_TRUE(read_file_header(folder / "cut.h5").cut_short());
}

TEST(FileHeader, FindsASignatureBehindAUserBlock) {
  const ScratchFolder folder;
  write_sample_file(folder / "a.h5");
  test::write_bytes(folder / "b.h5", std::string(1024, ' ') + test::bytes_of(folder / "a.h5"));
  EXPECT_EQ(read_file_header(folder / "b.h5").signature, FileHeader::Signature::present);
}

/// Byte 0, or 512 times a power of two, and nowhere else (HDF5 File Format 3.0, II.A).
TEST(FileHeader, FindsASignatureWhereTheFormatAllowsOne) {
  const ScratchFolder folder;
  write_sample_file(folder / "a.h5");
  const std::string bytes = test::bytes_of(folder / "a.h5");
  const auto found = [&](std::size_t place) {
    test::write_bytes(folder / "b.h5", std::string(place, ' ') + bytes);
    return read_file_header(folder / "b.h5").signature == FileHeader::Signature::present;
  };
  for (const std::size_t place : {0U, 512U, 1024U, 2048U, 8192U})
    EXPECT_TRUE(found(place)) << place;
  for (const std::size_t place : {1U, 256U, 511U, 1536U, 2560U})
    EXPECT_FALSE(found(place)) << place;
}

/// A superblock of a version, with the place of its end of file (II.A, versions 0 to 3).
TEST(FileHeader, ReadsEachVersionOfTheSuperblock) {
  const ScratchFolder folder;
  struct Version {
    char number;
    std::size_t size_of_addresses, end_of_file;
    bool has_flags;
  };
  for (const Version& version : {Version{0, 13, 40, false}, Version{1, 13, 44, false},
                                 Version{2, 9, 28, true}, Version{3, 9, 28, true}})
    for (const char flags : {'\0', '\1', '\2', '\4', '\5'}) {
      std::string block("\x89HDF\r\n\x1a\n");
      block.resize(100, '\0');
      block[8] = version.number;
      block[version.size_of_addresses] = 8;
      block[version.end_of_file] = 101;
      block[version.end_of_file + 1] = 2;
      block[11] = flags;
      test::write_bytes(folder / "a.h5", block);
      const FileHeader header = read_file_header(folder / "a.h5");
      EXPECT_EQ(header.version, version.number);
      EXPECT_EQ(header.actual_bytes, 100U);
      EXPECT_EQ(header.stated_bytes, 2U * 256 + 101);
      EXPECT_TRUE(header.cut_short());
      const bool is_open = version.has_flags && flags != 0 && flags != 2;
      EXPECT_EQ(header.writer == FileHeader::Writer::open, is_open) << int{version.number};
      block[version.size_of_addresses] = 4;
      test::write_bytes(folder / "a.h5", block);
      EXPECT_EQ(read_file_header(folder / "a.h5").stated_bytes, std::nullopt) << "of a rare kind";
    }
}

TEST(FileHeader, MissesTheSignatureOfOtherFiles) {
  const ScratchFolder folder;
  for (const std::string& bytes : {std::string(), std::string("\x89HDF"), std::string(5000, 'x')}) {
    test::write_bytes(folder / "a.h5", bytes);
    EXPECT_EQ(read_file_header(folder / "a.h5").signature, FileHeader::Signature::missing);
  }
}

TEST(FileHeader, SaysThatAFileIsNotThere) {
  const Error error = error_of([] { (void)read_file_header("/missing/a.h5"); });
  EXPECT_EQ(error.code(), ErrorCode::io);
  EXPECT_STREQ(error.what(), "/missing/a.h5: cannot read (No such file or directory)");
}

}  // namespace
}  // namespace crossfold::hdf5
