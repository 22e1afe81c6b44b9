#include "crossfold/results/run_scan.h"

#include <cstring>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/directory.h"
#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/job/job_json.h"

#include "journal.h"
#include "journal_entry.h"
#include "journal_line.h"
#include "layout.h"
#include "run_history.h"
#include "run_inputs.h"
#include "segment_format.h"

namespace crossfold {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr std::uint64_t kMostSegmentBytes = std::uint64_t{1} << 36;

/// Takes a journal's lines, one after another.
class JournalScanner {
 public:
  JournalScanner(const RunLayout& layout, RunScan& scan) : layout_(layout), scan_(scan) {}

  void read() {
    const std::string text = read_file(layout_.journal(), kMostJournalBytes);
    std::size_t begin = 0;
    for (std::size_t number = 1; begin < text.size(); ++number) {
      const std::size_t end = text.find('\n', begin);
      const bool is_complete = end != std::string::npos;
      const auto line = std::string_view(text).substr(begin, is_complete ? end - begin : end);
      const bool is_last = !is_complete || end + 1 == text.size();
      take_line(line, number, is_complete, is_last);
      begin = is_complete ? end + 1 : text.size();
    }
  }

 private:
  void take_line(std::string_view line, std::size_t number, bool is_complete, bool is_last) {
    const std::optional<json> value = is_complete ? read_journal_line(line) : std::nullopt;
    if (!value && is_last && number > 1 && may_be_torn(line)) {
      scan_.torn_bytes = line.size();
      return;
    }
    if (!value) return damaged(number, "its checksum does not fit");
    ++scan_.lines;
    try {
      std::visit([&](auto&& entry) { take(std::forward<decltype(entry)>(entry), number); },
                 journal_entry_from_json(*value));
    } catch (const Error& error) {
      damaged(number, error.what());
    }
  }

  void take(JournalHeader&& header, std::size_t number) {
    if (number > 1) return damaged(number, "is a second header");
    scan_.header_plan_sha256 = header.plan_sha256;
    const std::map<std::string, std::string> found = hash_inputs(layout_);
    for (const auto& [file, hash] : header.inputs)
      if (const auto it = found.find(file); it == found.end())
        scan_.damage.push_back({file, "is missing, and the journal's header names it"});
      else if (it->second != hash)
        scan_.damage.push_back({file, "is not the file that the journal's header names (SHA-256)"});
    for (const auto& [file, hash] : found)
      if (!header.inputs.contains(file))
        scan_.damage.push_back({file, "is there, and the journal's header does not name it"});
  }
  void take(const JournalFormat&, std::size_t) {}
  void take(JournalClass&& class_label, std::size_t) {
    classes_[class_label.id] = std::move(class_label.text);
  }
  void take(const JournalSession& session, std::size_t) {
    const auto text = [&](const char* key) {
      const json value = session.facts.value(key, json());
      return value.is_string() ? value.get<std::string>() : std::string();
    };
    if (session.event != JournalSession::Event::start) {
      const json trained = session.facts.value("trained", json());
      if (!scan_.sessions.empty())
        scan_.sessions.back().end = {
            .time = text("time"),
            .stopped = text("outcome") == "stopped",
            .trained = trained.is_number_unsigned() ? trained.get<std::size_t>() : 0};
      return;
    }
    scan_.sessions.push_back({.time = text("time"),
                              .version = text("version"),
                              .git_hash = text("git_hash"),
                              .instruction_set = text("isa"),
                              .equivalence_class = text("equivalence_class")});
  }
  void take(JournalFit&& fit, std::size_t number) {
    const auto class_label = classes_.find(fit.class_id);
    if (!fit.class_id.empty() && class_label == classes_.end())
      damaged(number,
              fmt::format("names the class {}, which no line before describes", fit.class_id));
    scan_.fits.push_back(
        {.line = number,
         .result = std::move(fit.result),
         .origin = {.host = std::move(fit.host),
                    .device = std::move(fit.device),
                    .equivalence_class = class_label == classes_.end() ? "" : class_label->second},
         .artefacts = std::move(fit.artefacts)});
  }
  void take(JournalStage&& stage, std::size_t) { scan_.stages.push_back(std::move(stage.record)); }

  void take(const JournalCohort&, std::size_t) {}  // times are evidence of nothing
  void take(const JournalLost&, std::size_t) {}

  void damaged(std::size_t number, const std::string& problem) {
    scan_.damage.push_back({fmt::format("journal.jsonl, line {}", number), problem});
  }

  const RunLayout& layout_;
  RunScan& scan_;
  std::map<std::string, std::string> classes_;
};

/// Reads what the plan is made of, one after another; what cannot be read is told.
void read_inputs(const RunLayout& layout, RunScan& scan) try {
  scan.job = parse_job(read_file(layout.job(), kMostFileBytes), layout.job().filename().string());
  scan.samples = read_samples(layout);
  scan.plan = rebuild_plan(layout, *scan.job, *scan.samples, PlanHash::may_differ);
  const json plan = read_json(layout.plan());
  scan.file_plan_sha256 = plan.value("plan_sha256", "");
} catch (const Error& error) {
  const fs::path& next =
      !scan.job ? layout.job() : (!scan.samples ? layout.samples() : layout.plan());
  scan.unreadable.push_back({next.filename().string(), error.message()});
}

/// Documents in a segment, by where they begin. Stops at what is none.
std::vector<std::uint64_t> documents_in(std::string_view segment) {
  std::vector<std::uint64_t> places;
  for (std::size_t at = kSegmentHeader.size(); at + kBlockHeadBytes <= segment.size();) {
    if (segment.substr(at, kBlockTag.size()) != kBlockTag) break;
    std::uint64_t length = 0;
    std::memcpy(&length, segment.data() + at + kBlockTag.size(), sizeof length);
    if (length > segment.size() - at - kBlockHeadBytes) break;
    places.push_back(at + kBlockHeadBytes);
    at += kBlockHeadBytes + (length + kBlockAlignment - 1) / kBlockAlignment * kBlockAlignment;
  }
  return places;
}

}  // namespace

RunScan scan_run(const fs::path& directory) {
  const RunLayout layout = existing_run(directory);
  RunScan scan;
  JournalScanner(layout, scan).read();
  read_inputs(layout, scan);
  return scan;
}

std::vector<UnnamedArtefacts> unnamed_artefacts(const fs::path& directory,
                                                const std::vector<ScannedFit>& fits) {
  const RunLayout layout{directory};
  std::map<std::string, std::set<std::uint64_t>> named;
  for (const ScannedFit& fit : fits)
    if (fit.artefacts && !fit.artefacts->segment.empty())
      named[fit.artefacts->segment].insert(fit.artefacts->offset);
  std::vector<UnnamedArtefacts> unnamed;
  for (const fs::path& session : list_directory_if_there(layout.segments()))
    for (const fs::path& file : list_directory_if_there(session)) {
      const std::string name = (session.filename() / file.filename()).string();
      const std::string bytes = read_file(file, kMostSegmentBytes);
      std::uint64_t documents = 0;
      for (const std::uint64_t place : documents_in(bytes))
        documents += !named[name].contains(place);
      if (documents > 0) unnamed.push_back({"segments/" + name, documents});
    }
  return unnamed;
}

}  // namespace crossfold
