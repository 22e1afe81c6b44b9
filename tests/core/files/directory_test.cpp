#include "crossfold/core/directory.h"

#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "core/empty_folder.h"
#include "core/expect_error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

class Directory : public testing::EmptyFolder {};

TEST_F(Directory, IsListedInTheOrderOfTheNames) {
  for (const char* name : {"b", ".a", "c"}) std::ofstream(root_ / name) << name;
  EXPECT_EQ(list_directory(root_), (std::vector<fs::path>{root_ / ".a", root_ / "b", root_ / "c"}));
  EXPECT_EQ(list_directory_if_there(root_).size(), 3U);
}

TEST_F(Directory, ThatIsNotThereIsAnErrorOrNothing) {
  const fs::path none = root_ / "none";
  EXPECT_TRUE(list_directory_if_there(none).empty());
  expect_error(ErrorCode::io,
               none.string() +
                   ": cannot be listed (No such file or directory). check the directory and its "
                   "rights",
               [&] { static_cast<void>(list_directory(none)); });
}

TEST_F(Directory, ThatCannotBeListedIsNeverTakenForAnEmptyOne) {
  const fs::path file = root_ / "file";
  std::ofstream(file) << "text";
  const fs::path circle = root_ / "circle";
  fs::create_directory_symlink("circle", circle);
  const fs::path long_name = root_ / std::string(300, 'x');
  const std::pair<fs::path, const char*> cases[] = {{file, "Not a directory"},
                                                    {circle, "Too many levels of symbolic links"},
                                                    {long_name, "File name too long"}};
  for (const auto& [path, reason] : cases) {
    const std::string message =
        path.string() + ": cannot be listed (" + reason + "). check the directory and its rights";
    expect_error(ErrorCode::io, message,
                 [&, path = path] { static_cast<void>(list_directory(path)); });
    expect_error(ErrorCode::io, message,
                 [&, path = path] { static_cast<void>(list_directory_if_there(path)); });
  }
}

}  // namespace
}  // namespace crossfold
