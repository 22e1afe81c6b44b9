#include <filesystem>

#include "crossfold/core/files.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/results/run_directory.h"

#include "artefact_index.h"
#include "layout.h"
#include "provenance.h"
#include "results_file.h"
#include "run_history.h"

namespace crossfold {

void write_final_files(const std::filesystem::path& directory, const StageRuleFactory& make_rule) {
  const RunLayout layout{directory};
  const RunHistory history = read_history(layout);
  const RunRecords records = load_records(layout, history, make_rule);
  write_file_whole(layout.artefact_index(), [&](const std::filesystem::path& temporary) {
    write_artefact_index(temporary, directory, records);
  });
  write_file_whole(layout.results(), [&](const std::filesystem::path& temporary) {
    write_results_file(temporary, records);
  });
  write_file_whole(layout.provenance(), json_text(describe_provenance(records, history), 1) + "\n");
}

}  // namespace crossfold
