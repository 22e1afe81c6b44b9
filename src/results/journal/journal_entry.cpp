#include "journal_entry.h"

#include <limits>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/strict_json.h"
#include "crossfold/plan/fit_result_json.h"

#include "stage_json.h"

namespace crossfold {
namespace {

using nlohmann::json;

constexpr const char* kJournalFormat = "crossfold-journal";

json entry_to_json(const JournalHeader& header) {
  return {{"kind", "header"},
          {"format", kJournalFormat},
          {"format_version", header.version},
          {"job_sha256", header.job_sha256},
          {"plan_sha256", header.plan_sha256},
          {"inputs", header.inputs}};
}

json entry_to_json(const JournalFormat& format) {
  return {{"kind", "format"}, {"format_version", format.version}};
}

json entry_to_json(const JournalClass& class_label) {
  return {{"kind", "class"}, {"id", class_label.id}, {"text", class_label.text}};
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
  if (fit.artefacts) {
    json place{{"bytes", fit.artefacts->bytes}, {"sha256", fit.artefacts->sha256}};
    if (!fit.artefacts->segment.empty()) {
      place["segment"] = fit.artefacts->segment;
      place["offset"] = fit.artefacts->offset;
    }
    value["artefacts"] = std::move(place);
  }
  if (fit.taken_from) value["taken_from"] = *fit.taken_from;
  return value;
}

json entry_to_json(const JournalStage& stage) {
  json value = stage_to_json(stage.record);
  value["kind"] = "stage";
  return value;
}

json entry_to_json(const JournalCohort& cohort) {
  const CohortRecord& record = cohort.record;
  json value{{"kind", "cohort"},
             {"worker", record.worker},
             {"start", record.times.start_s},
             {"seconds", record.times.seconds},
             {"write", record.times.write_s},
             {"fits", record.fits},
             {"first_fit", record.times.first_fit.hex()},
             {"experiment", record.experiment}};
  if (record.stage) value["stage"] = *record.stage;
  return value;
}

json entry_to_json(const JournalLost& lost) {
  return {{"kind", "lost"},
          {"worker", lost.record.worker},
          {"at", lost.record.at_s},
          {"host", lost.record.host},
          {"device", lost.record.device}};
}

int version_from_json(const json& value) {
  const json& version = value.at("format_version");
  const bool known = version.is_number_integer() && version >= 1 && version <= kJournalVersion;
  CF_VALIDATE(known, ErrorCode::bad_input,
              fmt::format("has format version {} (this program reads versions 1 to {}). read it "
                          "with the program that wrote it",
                          short_json(version), kJournalVersion));
  return version.get<int>();
}

JournalHeader header_from_json(const json& value) {
  CF_VALIDATE(value.at("format") == kJournalFormat, ErrorCode::bad_input,
              fmt::format("is the header of a {}, not of a {}", short_json(value.at("format")),
                          kJournalFormat));
  return {.version = version_from_json(value),
          .job_sha256 = value.at("job_sha256").get<std::string>(),
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

/// "0001-9f3ac2d1/0003.bin": nothing that leads elsewhere.
bool is_segment_name(std::string_view text) {
  const auto is_of = [](std::string_view part, std::string_view allowed) {
    return !part.empty() && part.find_first_not_of(allowed) == std::string_view::npos;
  };
  constexpr std::string_view kEnd = ".bin";
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || !text.ends_with(kEnd)) return false;
  const std::string_view file = text.substr(slash + 1);
  return is_of(text.substr(0, slash), "0123456789abcdef-") &&
         is_of(file.substr(0, file.size() - kEnd.size()), "0123456789");
}

ArtefactPlace place_from_json(const json& value) {
  const auto whole = [&](const char* key) {
    return whole_number_from_json(value.at(key), std::uint64_t{1} << 62);
  };
  ArtefactPlace place{.segment = "",
                      .offset = 0,
                      .bytes = whole("bytes"),
                      .sha256 = value.at("sha256").get<std::string>()};
  if (!value.contains("segment")) return place;
  place.segment = value.at("segment").get<std::string>();
  place.offset = whole("offset");
  CF_VALIDATE(is_segment_name(place.segment), ErrorCode::bad_input,
              fmt::format("names the segment {}, which is none", short_json(value.at("segment"))));
  return place;
}

JournalFit fit_from_json(const json& value) {
  JournalFit fit{.result = fit_result_from_json(value),
                 .host = value.at("host").get<std::string>(),
                 .device = value.at("device").get<std::string>(),
                 .class_id = value.contains("class") ? value.at("class").get<std::string>() : "",
                 .artefacts = std::nullopt};
  if (value.contains("artefacts")) fit.artefacts = place_from_json(value.at("artefacts"));
  if (value.contains("taken_from")) fit.taken_from = value.at("taken_from").get<std::string>();
  return fit;
}

std::uint32_t count_from_json(const json& value) {
  return static_cast<std::uint32_t>(
      whole_number_from_json(value, std::numeric_limits<std::uint32_t>::max()));
}

double time_from_json(const json& value) {
  constexpr double kMost = 1e12;  // seconds: far beyond any date, and exact to the millisecond
  const double time = value.get<double>();
  CF_VALIDATE(time >= 0 && time <= kMost, ErrorCode::bad_input,
              fmt::format("has the time {}, which is none", short_json(value)));
  return time;
}

JournalCohort cohort_from_json(const json& value) {
  const auto first = FitId::from_hex(value.at("first_fit").get<std::string>());
  CF_VALIDATE(first.has_value(), ErrorCode::bad_input,
              fmt::format("names the fit {}, which is none", short_json(value.at("first_fit"))));
  CohortRecord record{.worker = count_from_json(value.at("worker")),
                      .times = {.first_fit = *first,
                                .start_s = time_from_json(value.at("start")),
                                .seconds = time_from_json(value.at("seconds")),
                                .write_s = time_from_json(value.at("write"))},
                      .fits = whole_number_from_json(value.at("fits"), std::uint64_t{1} << 62),
                      .experiment = value.at("experiment").get<std::string>(),
                      .stage = std::nullopt};
  if (value.contains("stage")) record.stage = count_from_json(value.at("stage"));
  return {.record = std::move(record)};
}

JournalLost lost_from_json(const json& value) {
  return {.record = {.worker = count_from_json(value.at("worker")),
                     .at_s = time_from_json(value.at("at")),
                     .host = value.at("host").get<std::string>(),
                     .device = value.at("device").get<std::string>()}};
}

}  // namespace

json to_json(const JournalEntry& entry) {
  return std::visit([](const auto& one) { return entry_to_json(one); }, entry);
}

JournalEntry journal_entry_from_json(const json& value) {
  try {
    const std::string kind = value.at("kind").get<std::string>();
    if (kind == "header") return header_from_json(value);
    if (kind == "format") return JournalFormat{.version = version_from_json(value)};
    if (kind == "class")
      return JournalClass{.id = value.at("id").get<std::string>(),
                          .text = value.at("text").get<std::string>()};
    if (kind == "session") return session_from_json(value);
    if (kind == "fit") return fit_from_json(value);
    if (kind == "stage") return JournalStage{.record = stage_from_json(value)};
    if (kind == "cohort") return cohort_from_json(value);
    if (kind == "lost") return lost_from_json(value);
    throw Error(ErrorCode::bad_input, fmt::format("has the unknown kind '{}'", kind));
  } catch (const json::exception& failure) {
    throw Error(ErrorCode::bad_input, fmt::format("is no journal entry ({})", failure.what()));
  }
}

}  // namespace crossfold
