#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "crossfold/mpi/session.h"

namespace crossfold::mpi {

/// Read-only memory, shared by the ranks of a node where that is possible.
class NodeCopy {
 public:
  NodeCopy() = default;
  ~NodeCopy();
  NodeCopy(NodeCopy&& other) noexcept { swap(other); }
  NodeCopy& operator=(NodeCopy&& other) noexcept {
    swap(other);
    return *this;
  }

  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }
  /// False for a copy of this rank's own.
  [[nodiscard]] bool shared() const { return shared_; }

 private:
  friend struct NodeCopyParts;
  void swap(NodeCopy& other) noexcept {
    std::swap(bytes_, other.bytes_);
    std::swap(shared_, other.shared_);
  }

  std::span<std::byte> bytes_;
  bool shared_ = false;
};

/// Where copies may lie, best first: /dev/shm, TMPDIR, /tmp.
[[nodiscard]] std::vector<std::filesystem::path> shared_folders();

/// Collective. `size` bytes, the same on all ranks, filled once per node by `fill` and then held
/// once, in an unnamed file in memory or, where that is too small, in a mapped file. A rank that
/// cannot open its node's file (it sees other mounts) fills a copy of its own, and says so; so do
/// all where no folder has room. What `fill` throws on any rank, all ranks throw.
[[nodiscard]] NodeCopy share_on_node(
    Session& session, std::uint64_t size, const std::function<void(std::span<std::byte>)>& fill,
    const std::vector<std::filesystem::path>& folders = shared_folders());

}  // namespace crossfold::mpi
