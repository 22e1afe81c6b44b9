#include "crossfold/results/segment_writer.h"

#include <chrono>
#include <cstring>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/host_info.h"

#include "layout.h"
#include "segment_format.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string block_head(const FitId& id, std::string_view document, const Digest& digest) {
  const std::uint64_t length = document.size();
  std::string head(kBlockTag);
  head.append(reinterpret_cast<const char*>(&length), sizeof length);
  head.append(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
  head.append(reinterpret_cast<const char*>(digest.bytes.data()), kBlockChecksumBytes);
  return head;
}

}  // namespace

void check_is_shared(const SegmentFolder& folder, std::chrono::milliseconds patience) {
  if (folder.session.empty()) return;
  const fs::path path = RunLayout{folder.run}.segments() / folder.session;
  const auto end = std::chrono::steady_clock::now() + patience;
  std::error_code error;
  while (!fs::is_directory(path, error)) {  // a file system over a network may be late
    if (std::chrono::steady_clock::now() < end) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      continue;
    }
    throw Error(
        ErrorCode::io,
        fmt::format("is not seen on {} ({}), though rank 0 has made it (each rank writes the "
                    "artefacts of its fits there, so all hosts must share the run "
                    "directory). choose an --out on a disk that they share",
                    host_info().name, error ? error.message() : "it is no folder"),
        path.string());
  }
}

SegmentWriter::SegmentWriter(const SegmentFolder& folder, Rank worker)
    : name_(fmt::format("{}/{:04}.bin", folder.session, worker.value)),
      path_(RunLayout{folder.run}.segments() / name_) {}

ArtefactPlace SegmentWriter::append(const FitId& id, std::string_view document) {
  CF_VALIDATE(!broken_, ErrorCode::io, "cannot be continued (a write before failed)",
              path_.string());
  if (file_ == nullptr) {
    auto file = std::make_unique<AppendFile>(path_, AppendFile::Which::new_only);
    const std::lock_guard lock(mutex_);
    file_ = std::move(file);
  }
  const Digest digest = sha256(document);
  std::string bytes(size_ == 0 ? kSegmentHeader : "");
  bytes += block_head(id, document, digest);
  const std::uint64_t offset = size_ + bytes.size();
  bytes.append(document);
  bytes.resize((bytes.size() + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment, '\0');
  broken_ = true;  // until all of it is written
  file_->append(bytes);
  size_ += bytes.size();
  broken_ = false;
  return {.segment = name_, .offset = offset, .bytes = document.size(), .sha256 = digest.hex()};
}

void SegmentWriter::flush() {
  AppendFile* file = nullptr;
  {
    const std::lock_guard lock(mutex_);
    file = file_.get();
  }
  if (file != nullptr) file->flush();
}

}  // namespace crossfold
