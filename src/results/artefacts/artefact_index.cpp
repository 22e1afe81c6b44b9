#include "artefact_index.h"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "crossfold/hdf5/file.h"

#include "artefact_store.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

/// What is written here would point to nothing.
void require_artefacts(const fs::path& directory, const RunRecords& records) {
  ArtefactInspector inspector(RunLayout{directory}, records.job, records.plan);
  for (const auto& [id, place] : records.artefacts)
    inspector.is_sound(id, place, ArtefactCheck::size);
  inspector.throw_if_any();
}

/// One row for each fit that left something.
struct Columns {
  std::vector<std::string> fit, sha256;
  std::vector<std::int32_t> file, encoding;
  std::vector<std::int64_t> offset, bytes;
  std::vector<std::string> files;  ///< levels of `file`
};

Columns collect(const fs::path& directory, const RunRecords& records) {
  Columns columns;
  std::map<std::string, std::int32_t> codes;
  for (const Cohort& cohort : records.plan.cohorts)
    for (const std::uint32_t index : cohort.fits) {
      const FitId& id = records.plan.fits[index].id;
      const auto found = records.artefacts.find(id);
      if (found == records.artefacts.end()) continue;
      const ArtefactPlace& place = found->second;
      const std::string file =
          artefact_file(RunLayout{directory}, id, place).lexically_relative(directory).string();
      const auto [code, fresh] = codes.emplace(file, static_cast<std::int32_t>(codes.size()));
      if (fresh) columns.files.push_back(file);
      columns.fit.push_back(id.hex());
      columns.sha256.push_back(place.sha256);
      columns.file.push_back(code->second);
      columns.encoding.push_back(place.segment.empty() ? 1 : 0);
      columns.offset.push_back(static_cast<std::int64_t>(place.offset));
      columns.bytes.push_back(static_cast<std::int64_t>(place.bytes));
    }
  return columns;
}

}  // namespace

void write_artefact_index(const fs::path& target, const fs::path& directory,
                          const RunRecords& records) {
  require_artefacts(directory, records);
  const Columns columns = collect(directory, records);
  const std::vector<std::string> encodings{"safetensors", "cbor"};
  hdf5::File file = hdf5::File::create(target);
  {
    hdf5::Group root = file.root();
    const auto write = [&](const char* name, const auto& values) {
      return root.write(name, std::span(values), {values.size()});
    };
    root.write_attribute("format", "crossfold-artefacts");
    root.write_attribute("format_version", std::int64_t{1});
    root.write_attribute("plan_sha256", records.plan.hash.hex());
    root.write_texts("fit", columns.fit);
    write("file", columns.file).write_attribute("levels", std::span(columns.files));
    write("encoding", columns.encoding).write_attribute("levels", std::span(encodings));
    write("offset", columns.offset);
    write("bytes", columns.bytes);
    root.write_texts("sha256", columns.sha256);
  }
  file.close();
}

}  // namespace crossfold
