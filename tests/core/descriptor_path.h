#pragma once

#include <array>
#include <cstdio>
#include <string_view>
#include <unistd.h>

#include <climits>

namespace crossfold::test {

/// The path of an open file. Safe in a signal handler (nothing is allocated): a library preloaded
/// into mpirun meets the write() of its handler of SIGCHLD, in the middle of a malloc().
class DescriptorPath {
 public:
  explicit DescriptorPath(int descriptor) {
    std::array<char, 32> link{};
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
    const ssize_t length = ::readlink(link.data(), path_.data(), path_.size());
    length_ = length < 0 ? 0 : static_cast<std::size_t>(length);
  }

  [[nodiscard]] std::string_view view() const { return {path_.data(), length_}; }

 private:
  std::array<char, PATH_MAX> path_;
  std::size_t length_ = 0;
};

}  // namespace crossfold::test
