// The layout of MLflow's file store, as its documentation has it and its FileStore reads it:
//
//   <experiment id>/meta.yaml
//   <experiment id>/<run id>/meta.yaml
//   <experiment id>/<run id>/params/<name>    the value
//   <experiment id>/<run id>/metrics/<name>   a line "<time> <value> <step>" for each step
//   <experiment id>/<run id>/tags/<name>      the value
//
// Times are milliseconds since 1970.

#include <cmath>
#include <cstdint>
#include <fstream>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/hash.h"
#include "crossfold/core/new_folder.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/report/fit_export.h"

#include "curve_columns.h"
#include "fit_fields.h"
#include "fit_place.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

// As in mlflow.entities.RunStatus and SourceType.
constexpr int kFinished = 3;
constexpr int kFailed = 4;
constexpr int kLocalSource = 4;

/// What MLflow allows in a name, which is a file name too; other bytes as "_" and two hex digits.
/// Long names end in a hash.
std::string mlflow_name(std::string_view name) {
  constexpr std::size_t kLongest = 200;  // MLflow: 250
  std::string allowed;
  for (const char c : name) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' || c == ' ';
    allowed += is_plain
                   ? std::string(1, c)
                   : fmt::format("_{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  if (allowed.size() <= kLongest) return allowed;
  return allowed.substr(0, kLongest) + "-" + sha256(name).hex().substr(0, 8);
}

/// A text in YAML: JSON's quotes are YAML's double ones.
std::string yaml_text(const std::string& text) { return json_text(nlohmann::json(text)); }

/// "file:///home/me/my%20runs".
std::string file_uri(const fs::path& path) {
  std::string uri = "file://";
  for (const char c : fs::absolute(path).lexically_normal().string()) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view("/-_.~").find(c) != std::string_view::npos;
    uri += is_plain ? std::string(1, c)
                    : fmt::format("%{:02X}", static_cast<unsigned>(static_cast<unsigned char>(c)));
  }
  return uri;
}

/// Files of a folder that is put in place as a whole: none of them is flushed.
void write_plain(const fs::path& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  file.close();
  CF_VALIDATE(file.good(), ErrorCode::io,
              fmt::format("cannot be written ({})",
                          std::error_code(errno, std::generic_category()).message()),
              path.string());
}

/// One experiment of the store that is being made.
class MlflowExperiment {
 public:
  MlflowExperiment(const RunRecords& records, std::uint32_t index, double begun_s,
                   const fs::path& folder, const std::string& place)
      : records_(&records), columns_(curve_columns(records)), begun_ms_(to_ms(begun_s)) {
    const std::string& name = records.job.experiments[index].name;
    // 18 decimal digits, as MLflow's own are.
    constexpr std::uint64_t kRange = 900'000'000'000'000'000;
    const Digest digest = Hasher().text(records.plan.hash.hex()).text(name).number(index).finish();
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8U | digest.bytes[i];
    id_ = fmt::format("{}", kRange / 9 + number % kRange);
    folder_ = folder / id_;
    uri_ = place + "/" + id_;
    create_writable_folder(folder_);
    write_plain(folder_ / "meta.yaml",
                fmt::format("artifact_location: {}\ncreation_time: {}\nexperiment_id: {}\n"
                            "last_update_time: {}\nlifecycle_stage: active\nname: {}\n",
                            yaml_text(uri_), begun_ms_, yaml_text(id_), begun_ms_,
                            yaml_text(records.job.name + "/" + name)));
  }

  void add_run(const Fit& fit, const FitResult& result, const Artefacts& artefacts) {
    const Experiment& experiment = records_->job.experiments[fit.experiment];
    const Candidate& candidate = experiment.candidates[fit.candidate];
    // Candidates that differ in name only share their fits, and are runs of their own.
    const std::string id = Hasher()
                               .text(fit.id.hex())
                               .text(experiment.name)
                               .text(candidate.name)
                               .finish()
                               .hex()
                               .substr(0, 32);
    const FitPlace place = place_of(*records_, fit);
    const std::string name = candidate.name + ", " + split_text(place);
    const std::int64_t end_ms = begun_ms_ + to_ms(result.seconds);
    run_ = folder_ / id;
    for (const char* part : {"params", "metrics", "tags", "artifacts"})
      fs::create_directories(run_ / part);
    write_plain(run_ / "meta.yaml",
                fmt::format("artifact_uri: {}\nend_time: {}\nentry_point_name: ''\n"
                            "experiment_id: {}\nlifecycle_stage: active\nrun_id: {}\nrun_name: {}\n"
                            "run_uuid: {}\nsource_name: ''\nsource_type: {}\nsource_version: ''\n"
                            "start_time: {}\nstatus: {}\ntags: []\nuser_id: ''\n",
                            yaml_text(uri_ + "/" + id + "/artifacts"), end_ms, yaml_text(id_),
                            yaml_text(id), yaml_text(name), yaml_text(id), kLocalSource, begun_ms_,
                            result.failed() ? kFailed : kFinished));
    add("tags", {{"mlflow.runName", name},
                 {"mlflow.source.name", "crossfold"},
                 {"mlflow.source.type", "LOCAL"},
                 {"crossfold.fit", fit.id.hex()},
                 {"crossfold.error", result.error}});
    add("params", place_fields(*records_, fit));
    add("params", setting_fields(experiment, candidate));
    if (result.failed()) return;
    const FitFields facts = fact_fields(&result);
    for (const FitField& fact : facts)
      if (fact.name == "stop") add("tags", {{"crossfold.stop", fact.value}});
    add_metrics(facts, end_ms);
    add_metrics(score_fields(*records_, fit, &result), end_ms);
    if (artefacts.curves) add_curves(candidate, *artefacts.curves);
  }

 private:
  static std::int64_t to_ms(double seconds) { return std::llround(seconds * 1000); }

  /// A file for each that has a value.
  void add(const char* part, const FitFields& fields) const {
    for (const FitField& field : fields)
      if (!field.value.empty()) write_plain(run_ / part / mlflow_name(field.name), field.value);
  }
  void add_metrics(const FitFields& fields, std::int64_t time_ms) const {
    for (const FitField& field : fields)
      if (!field.value.empty() && field.name != "stop")
        write_plain(run_ / "metrics" / mlflow_name(field.name),
                    fmt::format("{} {} 0\n", time_ms, field.value));
  }
  void add_curves(const Candidate& candidate, const Curves& curves) const {
    for (const CurveColumn& column : columns_) {
      const std::vector<double>* values = column.of(candidate, curves);
      std::string lines;
      for (std::size_t epoch = 0; values != nullptr && epoch < values->size(); ++epoch)
        lines += fmt::format("{} {} {}\n", begun_ms_, number_text((*values)[epoch]), epoch);
      if (!lines.empty())
        write_plain(run_ / "metrics" / mlflow_name("curves." + column.name), lines);
    }
  }

  const RunRecords* records_;
  std::vector<CurveColumn> columns_;
  std::int64_t begun_ms_;
  std::string id_;
  std::string uri_;
  fs::path folder_;
  fs::path run_;  ///< the one that is being added
};

}  // namespace

MlflowCounts export_mlflow(const RunRecords& records, const ReadArtefacts& read, double begun_s,
                           const fs::path& directory) {
  NewFolder store(directory, {.what = "an MLflow store", .verb = "export"});
  const std::string place = file_uri(directory);
  MlflowCounts counts;
  for (std::uint32_t e = 0; e < records.job.experiments.size(); ++e) {
    MlflowExperiment experiment(records, e, begun_s, store.path(), place);
    ++counts.experiments;
    for (std::size_t i = 0; i < records.plan.fits.size(); ++i) {
      const Fit& fit = records.plan.fits[i];
      const bool is_asked_for = fit.experiment == e && records.is_to_train(i);
      const FitResult* result = is_asked_for ? records.find(fit.id) : nullptr;
      if (result == nullptr) continue;
      std::optional<Artefacts> artefacts;
      if (read && records.job.output.curves && !result->failed()) artefacts = read(fit.id);
      experiment.add_run(fit, *result, artefacts ? *artefacts : Artefacts{});
      ++counts.runs;
    }
  }
  store.rename_to_target();
  return counts;
}

}  // namespace crossfold
