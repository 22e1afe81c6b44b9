#include "crate_metadata.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/counted.h"

namespace crossfold {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kCrate = "https://w3id.org/ro/crate/1.1";
constexpr const char* kProcessRun = "https://w3id.org/ro/wfrun/process/0.5";

Json reference(const std::string& id) { return {{"@id", id}}; }

/// Files of the run that a session reads; the others it writes.
bool is_input(std::string_view id) {
  constexpr std::array<std::string_view, 4> kInputs{"run/job.json", "run/samples.json",
                                                    "run/plan.json", "run/splits.csv"};
  return std::find(kInputs.begin(), kInputs.end(), id) != kInputs.end() || id == "store.h5";
}

bool is_output(std::string_view id) { return id.starts_with("run/") && !is_input(id); }

Json references_to(const std::vector<PackedFile>& files, bool (*chosen)(std::string_view)) {
  Json list = Json::array();
  for (const PackedFile& file : files)
    if (chosen(file.id)) list.push_back(reference(file.id));
  return list;
}

std::string program_id(const ScannedSession& session) {
  return fmt::format("#crossfold-{}-{}", session.version, session.git_hash);
}

Json program(const ScannedSession& session) {
  return {{"@id", program_id(session)},
          {"@type", "SoftwareApplication"},
          {"name", "crossfold"},
          {"softwareVersion", fmt::format("{} ({})", session.version, session.git_hash)},
          {"description", "distributed cross-validation on frozen image embeddings"}};
}

Json action(const CrateContent& content, std::size_t index) {
  const ScannedSession& session = content.sessions[index];
  Json value = {
      {"@id", fmt::format("#session-{}", index + 1)},
      {"@type", "CreateAction"},
      {"name", fmt::format("session {} of {}: crossfold run", index + 1, content.sessions.size())},
      {"instrument", reference(program_id(session))},
      {"startTime", session.time}};
  std::string description =
      fmt::format("instruction set {}; {}", session.instruction_set, session.equivalence_class);
  if (session.end) {
    value["endTime"] = session.end->time;
    description += fmt::format("; {} trained{}", counted(session.end->trained, "fit"),
                               session.end->stopped ? "; stopped with work left" : "");
  }
  value["description"] = description;
  value["object"] = references_to(content.files, is_input);
  value["object"].push_back(reference("#store"));
  value["result"] = references_to(content.files, is_output);
  value["actionStatus"] = reference(session.end ? "http://schema.org/CompletedActionStatus"
                                                : "http://schema.org/FailedActionStatus");
  if (!session.end)
    value["error"] = "the journal has no end of this session: it was killed or cut off";
  return value;
}

Json file_entity(const PackedFile& file) {
  return {{"@id", file.id},
          {"@type", "File"},
          {"name", file.id.substr(file.id.rfind('/') + 1)},
          {"description", file.what},
          {"encodingFormat", file.encoding},
          {"contentSize", fmt::format("{}", file.bytes)},
          {"sha256", file.sha256}};
}

Json root(const CrateContent& content) {
  Json parts = references_to(content.files, [](std::string_view) { return true; });
  Json actions = Json::array();
  for (std::size_t i = 0; i < content.sessions.size(); ++i)
    actions.push_back(reference(fmt::format("#session-{}", i + 1)));
  return {{"@id", "./"},
          {"@type", "Dataset"},
          {"name", content.name.empty() ? "a run of crossfold" : content.name},
          {"description",
           "A cross-validation run with its job, plan, journal, results, provenance and audit. "
           "`crossfold audit run` asks all rules again"},
          {"datePublished", content.time},
          {"license", reference(content.license.empty() ? "#license" : content.license)},
          {"conformsTo", reference(kProcessRun)},
          {"hasPart", std::move(parts)},
          {"mentions", std::move(actions)}};
}

Json license(const CrateContent& content) {
  if (content.license.empty())
    return {{"@id", "#license"},
            {"@type", "CreativeWork"},
            {"name", "no license is stated"},
            {"description", "whoever made the run has said nothing of its reuse: ask before it"}};
  return {{"@id", content.license}, {"@type", "CreativeWork"}, {"name", content.license}};
}

}  // namespace

std::string crate_metadata(const CrateContent& content) {
  Json graph = Json::array();
  graph.push_back({{"@id", "ro-crate-metadata.json"},
                   {"@type", "CreativeWork"},
                   {"about", reference("./")},
                   {"conformsTo", reference(kCrate)}});
  graph.push_back(root(content));
  graph.push_back({{"@id", kProcessRun},
                   {"@type", "CreativeWork"},
                   {"name", "Process Run Crate"},
                   {"version", "0.5"}});
  graph.push_back(license(content));
  std::set<std::string> programs;
  for (const ScannedSession& session : content.sessions)
    if (programs.insert(program_id(session)).second) graph.push_back(program(session));
  for (std::size_t i = 0; i < content.sessions.size(); ++i) graph.push_back(action(content, i));
  graph.push_back({{"@id", "#store"},
                   {"@type", "CreativeWork"},
                   {"name", "embedding store"},
                   {"description", content.store}});
  for (const PackedFile& file : content.files) graph.push_back(file_entity(file));
  const Json document = {
      {"@context",
       {"https://w3id.org/ro/crate/1.1/context", "https://w3id.org/ro/terms/workflow-run/context"}},
      {"@graph", std::move(graph)}};
  return document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string codecheck_config(const CrateContent& content) {
  // A JSON text is one of YAML too.
  const auto quoted = [](const std::string& text) {
    return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  std::string text =
      "---\n"
      "version: https://codecheck.org.uk/spec/config/1.0/\n"
      "# To be filled in by whoever publishes: title, authors, reference.\n";
  text += fmt::format("paper:\n  title: {}\n", quoted(content.name));
  text += "  authors:\n    - name: \"\"\n  reference: \"\"\n";
  text += "# To be filled in by whoever checks: name, report.\ncodechecker:\n  - name: \"\"\n";
  text += "report: \"\"\nmanifest:\n";
  for (const PackedFile& file : content.files)
    if (is_output(file.id) || file.id.starts_with("audit."))
      text += fmt::format("  - file: {}\n    comment: {}\n", quoted(file.id), quoted(file.what));
  return text;
}

}  // namespace crossfold
