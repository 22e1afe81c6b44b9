#include "results/directory/old_run.h"

#include <string>
#include <variant>

#include <nlohmann/json.hpp>

#include "journal_entry.h"
#include "journal_line.h"
#include "plan/artefact_cbor_writer.h"

namespace crossfold::testing {

namespace fs = std::filesystem;

void write_old_run(const SmallRun& run, const fs::path& path) {
  static_cast<void>(RunDirectory::open(path, small_job(), small_samples(), run.plan()));
  std::string journal = test::bytes_of(path / "journal.jsonl");
  const std::size_t end = journal.find('\n');
  JournalEntry header = journal_entry_from_json(*read_journal_line(journal.substr(0, end)));
  std::get<JournalHeader>(header).version = 1;
  journal = journal_line(to_json(header));
  for (std::size_t i = 0; i < 2; ++i) {
    FitResult result = result_of(run.plan(), run.plan().fits[i]);
    const std::string id = result.id.hex();
    const std::string document = artefacts_to_cbor(result.id, result.artefacts);
    const fs::path folder = path / "artefacts" / id.substr(0, 2);
    fs::create_directories(folder);
    test::write_bytes(folder / (id + ".cbor"), document);
    result.artefacts = {};
    nlohmann::json line =
        to_json(JournalFit{.result = result,
                           .host = "alpha",
                           .device = "cpu core 1",
                           .class_id = "",
                           .artefacts = ArtefactPlace{.segment = "",
                                                      .offset = 0,
                                                      .bytes = document.size(),
                                                      .sha256 = sha256(document).hex()}});
    line.at("training").erase("validation_auc");  // not computed then
    journal += journal_line(line);
  }
  test::write_bytes(path / "journal.jsonl", journal);
}

}  // namespace crossfold::testing
