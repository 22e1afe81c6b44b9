#include "crossfold/hdf5/file.h"

#include <vector>

#include <gmock/gmock.h>

#include "crossfold/core/error.h"
#include "crossfold/hdf5/file_header.h"

#include "hdf5/messages.h"
#include "hdf5/scratch_folder.h"

namespace crossfold::hdf5 {
namespace {

using test::error_of;
using test::ScratchFolder;

void write_sample_file(const std::filesystem::path& path) {
  File file = File::create(path);
  Group root = file.root();
  root.write_attribute("format", "sample");
  Group group = root.create_group("numbers");
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  group.write<float>("x", values, {3, 2}, {2, Layout::Checksum::fletcher32});
  group.write_texts("names", std::vector<std::string>{"a", "", "größer"});
  file.flush();
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
