#include "crossfold/mpi/node_copy.h"

#include <cerrno>
#include <cstdlib>
#include <optional>
#include <string>
#include <sys/mman.h>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/log.h"

#include "session_parts.h"
#include "shared_file.h"

namespace crossfold::mpi {

using Fill = std::function<void(std::span<std::byte>)>;

struct NodeCopyParts {
  /// `descriptor` -1: memory of this process.
  static NodeCopy map(int descriptor, std::uint64_t size, int protection) {
    const int flags = descriptor < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;
    void* address = ::mmap(nullptr, size, protection, flags, descriptor, 0);
    CF_VALIDATE(
        address != MAP_FAILED, ErrorCode::io,
        fmt::format("cannot get {} bytes of memory for the embeddings ({}). use a node with "
                    "more memory",
                    size, std::generic_category().message(errno)));
    NodeCopy copy;
    copy.bytes_ = {static_cast<std::byte*>(address), size};
    copy.shared_ = descriptor >= 0;
    return copy;
  }

  static NodeCopy filled(int descriptor, std::uint64_t size, const Fill& fill) {
    NodeCopy copy = map(descriptor, size, PROT_READ | PROT_WRITE);
    fill(copy.bytes_);
    CF_VALIDATE(::mprotect(copy.bytes_.data(), size, PROT_READ) == 0, ErrorCode::io,
                "cannot protect memory from being written");
    return copy;
  }
};

namespace {

constexpr int kNoFile = -1;

std::optional<SharedFile> create_where_there_is_room(
    const std::vector<std::filesystem::path>& folders, std::uint64_t size) {
  std::string reasons;
  for (const std::filesystem::path& folder : folders)
    if (auto file = SharedFile::create(folder, size, reasons)) return file;
  log_warning(
      fmt::format("no folder can hold the embeddings for all ranks of this node ({}); each "
                  "rank holds a copy",
                  reasons));
  return std::nullopt;
}

}  // namespace

NodeCopy::~NodeCopy() {
  if (!bytes_.empty()) ::munmap(bytes_.data(), bytes_.size());
}

std::vector<std::filesystem::path> shared_folders() {
  std::vector<std::filesystem::path> folders{"/dev/shm"};
  if (const char* folder = std::getenv("TMPDIR"); folder != nullptr && *folder != '\0')
    folders.emplace_back(folder);
  folders.emplace_back("/tmp");
  return folders;
}

NodeCopy share_on_node(Session& session, std::uint64_t size, const Fill& fill,
                       const std::vector<std::filesystem::path>& folders) {
  if (size == 0) return {};
  const bool leads = session.local_rank() == 0;
  NodeCopy copy;
  std::optional<SharedFile> file;  // of the leader; its name goes when this function ends
  session.agree([&] {
    if (!leads) return;
    if (session.local_size() > 1) file = create_where_there_is_room(folders, size);
    copy = NodeCopyParts::filled(file ? file->descriptor() : kNoFile, size, fill);
  });
  if (session.size() == 1) return copy;

  SessionState& state = *SessionParts::state(session);
  const std::string path = broadcast_text(state, file ? file->path() : "", 0, state.node);
  session.agree([&] {  // also the point where all have mapped the file
    if (leads) return;
    const auto shared = path.empty() ? std::nullopt : SharedFile::open(path, size);
    if (shared) {
      copy = NodeCopyParts::map(shared->descriptor(), size, PROT_READ);
      return;
    }
    if (!path.empty())
      log_warning(
          fmt::format("rank {} cannot open {} of its node (it sees other mounts) and holds "
                      "a copy of its own",
                      session.rank().value, path));
    copy = NodeCopyParts::filled(kNoFile, size, fill);
  });
  return copy;
}

}  // namespace crossfold::mpi
