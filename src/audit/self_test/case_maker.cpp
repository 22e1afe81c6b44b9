#include "case_maker.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/log.h"
#include "crossfold/core/random_stream.h"
#include "crossfold/store/store.h"
#include "crossfold/study/run_study.h"
#include "crossfold/study/study.h"

namespace crossfold::audit {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDim = 12;
constexpr double kLength = 3;  ///< of a direction
constexpr std::array<const char*, 3> kClasses{"normal", "pneumonia", "covid19"};
constexpr std::array<const char*, 3> kDomains{"site_a", "site_b", "site_c"};
constexpr std::size_t kPoolImages = 360;
constexpr std::size_t kOosImages = 120;

enum class Shortcut { none, planted };

/// Draws the samples of a made study one after another.
class SampleMaker {
 public:
  SampleMaker(MadeStudy& study, Shortcut shortcut)
      : study_(study),
        shortcut_(shortcut),
        random_({.root_seed = 7, .seed = {}, .fold = {}}, "synth-audit") {}

  void make() {
    study_.dim = kDim;
    for (std::size_t made = 0, patient = 0; made < kPoolImages; ++patient) {
      const std::size_t images = std::min<std::size_t>(1 + random_.below(3), kPoolImages - made);
      add_patient(fmt::format("p{:03}", patient), images, "in");
      made += images;
    }
    for (std::size_t i = 0; i < kOosImages; ++i) add_patient(fmt::format("q{:03}", i), 1, "oos");
    study_.samples.role.levels = role_levels();
    study_.samples.attributes = {
        {"age", std::move(age_)}, {"sex", std::move(sex_)}, {"view", std::move(view_)}};
  }

 private:
  void add_patient(const std::string& name, std::size_t images, const char* role) {
    const bool is_oos = std::string_view(role) == "oos";
    const std::size_t class_label = random_.below(kClasses.size());
    const std::size_t other = random_.below(kDomains.size());
    const bool follows = shortcut_ == Shortcut::planted && !is_oos && random_.uniform() < 0.8;
    const std::size_t domain = follows ? class_label : other;
    const double age = static_cast<double>(20 + random_.below(60));
    const char* sex = random_.below(2) == 0 ? "f" : "m";
    for (std::size_t image = 0; image < images; ++image) {
      SampleTable& samples = study_.samples;
      samples.id.push_back(fmt::format("{}-{}", name, image));
      samples.group.push_back(name);
      samples.class_label.append(kClasses[class_label]);
      samples.domain.append(is_oos ? "new_site" : kDomains[domain]);
      samples.role.append(role);
      age_.push_back(age);
      sex_.append(sex);
      view_.append(random_.below(2) == 0 ? "pa" : "ap");
      for (std::size_t d = 0; d < kDim; ++d) {
        double value = random_.normal() + (d == class_label ? kLength : 0);
        if (shortcut_ == Shortcut::planted && d == kClasses.size() + domain) value += kLength;
        study_.values.push_back(static_cast<float>(value));
      }
    }
  }

  MadeStudy& study_;
  Shortcut shortcut_;
  RandomStream random_;
  std::vector<double> age_;
  CodedColumn sex_, view_;
};

MadeStudy make_study(const std::string& name, Shortcut shortcut) {
  MadeStudy study;
  SampleMaker(study, shortcut).make();
  study.job = nlohmann::json::parse(R"({
    "seed": 1, "embeddings": "made/z",
    "experiments": [{"name": "task", "target": "class", "evaluate": ["in", "oos"], "probe": "domain",
      "candidates": [{"kind": "baseline"},
        {"kind": "disentangled", "lambda": {"schedule": "constant", "from": 1}}]}],
    "splits": {"folds": 3, "seeds": 2, "validation": 0.2},
    "training": {"epochs": 12, "batch": 32}})");
  study.job["name"] = name;
  return study;
}

void run_job(const fs::path& job, const fs::path& run) {
  mpi::Session session(fleet::Launch::alone);
  RunSettings settings;
  settings.directory = run;
  settings.pinning = Pinning::off;
  const int code = run_study(session, fleet::Launch::alone,
                             {.value = load_study({.job = job}), .failure = nullptr}, settings, {});
  CF_VALIDATE(code == 0, ErrorCode::internal, "a made run was not trained to its end",
              run.string());
}

}  // namespace

CaseMaker::CaseMaker(fs::path folder) : folder_(std::move(folder)) {}

MadeStudy CaseMaker::clean_study() const { return make_study("clean", Shortcut::none); }
MadeStudy CaseMaker::shortcut_study() const { return make_study("shortcut", Shortcut::planted); }

fs::path CaseMaker::fresh(const std::string& name) {
  return folder_ / fmt::format("{:03}-{}", ++made_, name);
}

fs::path CaseMaker::train(const MadeStudy& study) {
  const QuietLog quiet;
  const fs::path store = fresh("store.h5");
  write_made_store(store, study);
  nlohmann::json job = study.job;
  job["store"] = store.filename().string();
  const fs::path file = fresh("job.json");
  write_file_whole(file, job.dump(1));
  const fs::path run = fresh(job.at("name").get<std::string>() + ".run");
  run_job(file, run);
  return run;
}

void CaseMaker::go_on(const fs::path& run) {
  const QuietLog quiet;
  run_job(run / "job.json", run);
}

Replay CaseMaker::replay(const fs::path& run, ReplaySettings settings) {
  const QuietLog quiet;
  RunEvidence evidence({.run = run});
  settings.pinning = Pinning::off;
  mpi::Session session(fleet::Launch::alone);
  add_replay(session, fleet::Launch::alone, &evidence, {.fits = 59, .nonce = "self-test"}, settings,
             {});
  return evidence.subject().replays.back();
}

fs::path CaseMaker::copy_of_run(const std::string& name, const MadeStudy& study) {
  if (!trained_.contains(name)) trained_[name] = train(study);
  const fs::path copy = fresh(name + ".run");
  fs::copy(trained_.at(name), copy, fs::copy_options::recursive);
  return copy;
}

EmbeddingSet made_set(const MadeStudy& study) {
  return {.info = {.name = "made/z",
                   .rows = study.samples.size(),
                   .dim = study.dim,
                   .extractor = "",
                   .extractor_hash = "",
                   .preprocessing = "",
                   .content = {}},
          .values = study.values};
}

void write_made_store(const fs::path& path, const MadeStudy& study) {
  std::vector<EmbeddingSet> sets{made_set(study)};
  sets.insert(sets.end(), study.others.begin(), study.others.end());
  write_store(path, study.samples, sets);
}

void append_copy(MadeStudy& study, std::size_t row, const std::string& id) {
  SampleTable& samples = study.samples;
  samples.id.push_back(id);
  samples.group.push_back(samples.group[row]);
  for (CodedColumn* column : {&samples.class_label, &samples.domain, &samples.role})
    column->codes.push_back(column->codes[row]);
  for (Attribute& attribute : samples.attributes)
    if (auto* numbers = std::get_if<std::vector<double>>(&attribute.values))
      numbers->push_back((*numbers)[row]);
    else if (auto* names = std::get_if<CodedColumn>(&attribute.values))
      names->codes.push_back(names->codes[row]);
  for (std::size_t d = 0; d < study.dim; ++d)
    study.values.push_back(study.values[row * study.dim + d]);
}

}  // namespace crossfold::audit
