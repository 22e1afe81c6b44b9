#include <algorithm>
#include <chrono>

#include <gmock/gmock.h>

#include "crossfold/store/store_bytes.h"

#include "core/damage.h"
#include "core/expect_error.h"
#include "hdf5/scratch_folder.h"
#include "store/sample_store.h"

namespace crossfold {
namespace {

class DamagedStore : public ::testing::Test {
 protected:
  DamagedStore() {
    write_store(path_, test::twelve_samples(), {test::twelve_rows("net/raw", 64)});
    bytes_ = test::bytes_of(path_);
  }

  test::ScratchFolder folder_;
  std::filesystem::path path_ = folder_ / "a.h5";
  std::string bytes_;
};

TEST_F(DamagedStore, CutAnywhereSaysHowMuchIsThere) {
  for (int place = 1; place <= 20; ++place) {
    const std::size_t length = bytes_.size() * static_cast<std::size_t>(place) / 21;
    test::write_bytes(path_, bytes_.substr(0, length));
    expect_error(ErrorCode::bad_input,
                 path_.string() + ": is cut short (" + std::to_string(length) +
                     " bytes are there, its header says " + std::to_string(bytes_.size()) +
                     "). copy or write it again",
                 [&] { (void)open_store(path_); });
  }
}

TEST_F(DamagedStore, CutWithinItsSignatureIsNoHdf5File) {
  for (std::size_t length = 1; length < 8; ++length) {
    test::write_bytes(path_, bytes_.substr(0, length));
    expect_error(ErrorCode::bad_input,
                 path_.string() +
                     ": is not an HDF5 file (it does not begin like one). choose "
                     "another file, or copy it again",
                 [&] { (void)open_store(path_); });
  }
}

TEST_F(DamagedStore, CutAndPaddedIsRefusedToo) {
  for (int place = 1; place <= 20; ++place) {
    std::string bytes = bytes_;
    const std::size_t length = bytes.size() * static_cast<std::size_t>(place) / 21;
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(length), bytes.end(), '\0');
    test::write_bytes(path_, bytes);
    EXPECT_THROW((void)open_store(path_), Error) << "filled with zeros from byte " << length;
  }
}

TEST_F(DamagedStore, AnyByteChangedIsRefusedOrChangesNothing) {
  const std::string sound = pack_store(open_store(path_));
  const OpenLimits limits{.base_time = std::chrono::milliseconds(1000)};
  int refused = 0;
  const auto places = static_cast<std::size_t>(test::damage_rounds(300));
  for (std::size_t i = 0; i < places; ++i) {
    std::string bytes = bytes_;
    const std::size_t place = (i * 7919 + i * i) % bytes.size();
    bytes[place] = static_cast<char>(bytes[place] ^ (1 << (i % 8)));
    test::write_bytes(path_, bytes);
    try {
      EXPECT_EQ(pack_store(open_store(path_, limits)), sound) << "byte " << place;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::bad_input) << error.what();
      EXPECT_THAT(error.what(), ::testing::StartsWith(path_.string() + ":"));
      ++refused;
    }
  }
  EXPECT_GT(refused, 30);
}

}  // namespace
}  // namespace crossfold
