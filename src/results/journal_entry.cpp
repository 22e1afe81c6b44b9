#include "journal_entry.h"

#include <limits>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/plan/fit_result_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr const char* kFormat = "crossfold-journal";
constexpr int kFormatVersion = 1;

json entry_to_json(const JournalHeader& header) {
  return {{"kind", "header"},
          {"format", kFormat},
          {"format_version", kFormatVersion},
          {"job_sha256", header.job_sha256},
          {"plan_sha256", header.plan_sha256},
          {"inputs", header.inputs}};
}

json entry_to_json(const JournalClass& klass) {
  return {{"kind", "class"}, {"id", klass.id}, {"text", klass.text}};
}

json entry_to_json(const JournalSession& session) {
  json value = session.facts;
  value["kind"] = "session";
  value["event"] = session.event == JournalSession::Event::start ? "start" : "end";
  return value;
}

json entry_to_json(const JournalFit& fit) {
  json value = fit_result_to_json(fit.result);
  value["kind"] = "fit";
  value["host"] = fit.host;
  value["device"] = fit.device;
  if (!fit.class_id.empty()) value["class"] = fit.class_id;
  if (fit.artefacts)
    value["artefacts"] = {{"bytes", fit.artefacts->bytes}, {"sha256", fit.artefacts->sha256}};
  return value;
}

JournalHeader header_from_json(const json& value) {
  CF_VALIDATE(
      value.at("format") == kFormat, ErrorCode::bad_input,
      fmt::format("is the header of a {}, not of a {}", short_json(value.at("format")), kFormat));
  CF_VALIDATE(value.at("format_version") == kFormatVersion, ErrorCode::bad_input,
              fmt::format("has format version {} (this program reads version {}). read it with the "
                          "program that wrote it",
                          short_json(value.at("format_version")), kFormatVersion));
  return {.job_sha256 = value.at("job_sha256").get<std::string>(),
          .plan_sha256 = value.at("plan_sha256").get<std::string>(),
          .inputs = value.at("inputs").get<std::map<std::string, std::string>>()};
}

JournalSession session_from_json(const json& value) {
  json facts = value;
  facts.erase("kind");
  facts.erase("event");
  const std::string event = value.at("event").get<std::string>();
  CF_VALIDATE(event == "start" || event == "end", ErrorCode::bad_input,
              fmt::format("has the unknown event '{}'", event));
  return {.event = event == "start" ? JournalSession::Event::start : JournalSession::Event::end,
          .facts = std::move(facts)};
}

JournalFit fit_from_json(const json& value) {
  JournalFit fit{.result = fit_result_from_json(value),
                 .host = value.at("host").get<std::string>(),
                 .device = value.at("device").get<std::string>(),
                 .class_id = value.contains("class") ? value.at("class").get<std::string>() : "",
                 .artefacts = std::nullopt};
  if (value.contains("artefacts")) {
    const json& file = value.at("artefacts");
    fit.artefacts = {.bytes = whole_number_from_json(file.at("bytes"),
                                                     std::numeric_limits<std::uint64_t>::max()),
                     .sha256 = file.at("sha256").get<std::string>()};
  }
  return fit;
}

}  // namespace

json to_json(const JournalEntry& entry) {
  return std::visit([](const auto& one) { return entry_to_json(one); }, entry);
}

JournalEntry journal_entry_from_json(const json& value) {
  try {
    const std::string kind = value.at("kind").get<std::string>();
    if (kind == "header") return header_from_json(value);
    if (kind == "class")
      return JournalClass{.id = value.at("id").get<std::string>(),
                          .text = value.at("text").get<std::string>()};
    if (kind == "session") return session_from_json(value);
    if (kind == "fit") return fit_from_json(value);
    throw Error(ErrorCode::bad_input, fmt::format("has the unknown kind '{}'", kind));
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input, fmt::format("is no journal entry ({})", failure.what()));
  }
}

}  // namespace crossfold
