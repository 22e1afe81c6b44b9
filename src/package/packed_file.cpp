#include "packed_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <span>
#include <system_error>
#include <utility>

#include "crossfold/core/directory.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kPiece = std::size_t{1} << 20;

struct KnownFile {
  const char* name;
  const char* what;
  const char* encoding;
};
constexpr std::array<KnownFile, 8> kKnown{{
    {"job.json", "the job, every setting written out", "application/json"},
    {"samples.json", "labels, groups and roles of the samples", "application/json"},
    {"plan.json", "content hashes of the embedding sets, hash of the plan", "application/json"},
    {"splits.csv", "folds that the job gave", "text/csv"},
    {"journal.jsonl", "a line for each finished fit: scores, checksums, where its artefacts lie",
     "application/jsonl"},
    {"results.h5", "scores of all fits", "application/x-hdf5"},
    {"artefacts.h5", "index of the artefacts", "application/x-hdf5"},
    {"provenance.json", "builds, devices, sessions, hashes", "application/json"},
}};

/// Error{bad_input} for anything that is not a plain file or folder: a crate holds what it names.
void refuse_link(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::symlink_status(path, error);
  CF_VALIDATE(
      fs::is_regular_file(status) || fs::is_directory(status), ErrorCode::bad_input,
      "is a link or a special file (a crate has to hold what it names). put the file itself "
      "in its place",
      path.string());
}

void add_folder(const fs::path& folder, const std::string& id, std::vector<PackedFile>& files) {
  for (const fs::path& entry : list_directory_if_there(folder)) {
    refuse_link(entry);
    const std::string name = id + "/" + entry.filename().string();
    if (fs::is_directory(entry))
      add_folder(entry, name, files);
    else
      files.push_back({.id = name,
                       .what = "predictions, curves and features that fits left behind",
                       .encoding = "application/octet-stream",
                       .sha256 = {}});
  }
}

}  // namespace

std::vector<PackedFile> files_of_run(const fs::path& run) {
  std::vector<PackedFile> files;
  for (const KnownFile& known : kKnown) {
    if (!is_there(run / known.name)) continue;
    refuse_link(run / known.name);
    files.push_back({.id = std::string("run/") + known.name,
                     .what = known.what,
                     .encoding = known.encoding,
                     .sha256 = {}});
  }
  for (const char* folder : {"artefacts", "segments"})
    if (is_there(run / folder)) {
      refuse_link(run / folder);
      add_folder(run / folder, std::string("run/") + folder, files);
    }
  std::sort(files.begin(), files.end(),
            [](const PackedFile& a, const PackedFile& b) { return a.id < b.id; });
  return files;
}

void copy_into(const fs::path& crate, const fs::path& source, PackedFile& file) {
  const fs::path target = crate / file.id;
  create_writable_folder(target.parent_path());
  std::ifstream in(source, std::ios::binary);
  CF_VALIDATE(in.good(), ErrorCode::io, "cannot be read", source.string());
  AppendFile out(target, AppendFile::Which::new_only);
  Hasher hasher;
  std::string piece(kPiece, '\0');
  file.bytes = 0;
  while (in) {
    in.read(piece.data(), static_cast<std::streamsize>(piece.size()));
    const std::string_view read(piece.data(), static_cast<std::size_t>(in.gcount()));
    out.append(read);
    hasher.bytes(std::as_bytes(std::span(read)));
    file.bytes += read.size();
  }
  CF_VALIDATE(in.eof(), ErrorCode::io, "cannot be read to its end", source.string());
  out.flush();
  file.sha256 = hasher.finish().hex();
}

void write_into(const fs::path& crate, std::string_view text, PackedFile& file) {
  write_new_file(crate / file.id, text);
  file.bytes = text.size();
  file.sha256 = sha256(text).hex();
}

}  // namespace crossfold
