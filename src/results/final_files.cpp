#include <filesystem>

#include "crossfold/core/files.h"
#include "crossfold/results/journal.h"
#include "crossfold/results/run_directory.h"
#include "crossfold/results/run_records.h"

#include "layout.h"
#include "provenance.h"
#include "results_file.h"

namespace crossfold {

void write_final_files(const std::filesystem::path& directory) {
  const RunLayout layout{directory};
  const RunRecords records = load_run(directory);
  write_file_whole(layout.results(), [&](const std::filesystem::path& temporary) {
    write_results_file(temporary, directory, records);
  });
  const nlohmann::json provenance = describe_provenance(records, read_journal(layout.journal()));
  write_file_whole(layout.provenance(), provenance.dump(1) + "\n");
}

}  // namespace crossfold
