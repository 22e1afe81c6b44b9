// What the words of `run` and of a manifest's columns are read as.

#include "run_options.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "cli/options/option_rows.h"
#include "column_options.h"

namespace crossfold::cli {
namespace {

using test::Fields;
using test::OptionTable;
using test::text_of;
using test::Words;

Fields fields_of(const RunOptions& options) {
  const RunSettings& settings = options.settings;
  Fields fields{{"job", text_of(options.job.job)},
                {"store", text_of(options.job.store)},
                {"warm start", text_of(options.job.warm_start)},
                {"engine", text_of(options.job.engine)},
                {"cohort", text_of(options.job.cohort)},
                {"directory", text_of(settings.directory)},
                {"workers", text_of(settings.workers)},
                {"shard", settings.shard ? name_of(*settings.shard) : "none"},
                {"salvage", text_of(settings.repairs.salvage)},
                {"retrain missing", text_of(settings.repairs.retrain_missing)},
                {"coordinator", text_of(settings.coordinator)},
                {"device", text_of(settings.device)},
                {"pinning", text_of(settings.pinning)},
                {"stop within", text_of(settings.times.stop_within_s)},
                {"time limit", text_of(settings.times.time_limit_s)},
                {"lost after", text_of(settings.times.lost_after_s)},
                {"merge", text_of(options.merge)},
                {"isa", text_of(options.isa)}};
  return fields;
}

OptionTable<RunOptions> run_table() { return {add_run_options, fields_of, {"a.json"}}; }

TEST(RunOptions, AreReadIntoFieldsOfTheirOwn) {
  run_table().expect_each_sets_its_own(
      {{"--store", {"--store", "s.h5"}, [](RunOptions& to) { to.job.store = "s.h5"; }},
       {"--warm-start",
        {"--warm-start", "b.run"},
        [](RunOptions& to) { to.job.warm_start = "b.run"; }},
       {"--engine",
        {"--engine", "reference"},
        [](RunOptions& to) { to.job.engine = EngineKind::reference; }},
       {"--engine",
        {"--engine", "lockstep"},
        [](RunOptions& to) { to.job.engine = EngineKind::lockstep; }},
       {"--cohort", {"--cohort", "3"}, [](RunOptions& to) { to.job.cohort = 3; }},
       {"--out", {"--out", "a.run"}, [](RunOptions& to) { to.settings.directory = "a.run"; }},
       {"--out", {"-o", "a.run"}, [](RunOptions& to) { to.settings.directory = "a.run"; }},
       {"--workers", {"--workers", "5"}, [](RunOptions& to) { to.settings.workers = 5; }},
       {"--coordinator",
        {"--coordinator", "dedicated"},
        [](RunOptions& to) { to.settings.coordinator = mpi::CoordinatorMode::dedicated; }},
       {"--device",
        {"--device", "cuda"},
        [](RunOptions& to) { to.settings.device = DeviceChoice::cuda; }},
       {"--device",
        {"--device", "cpu"},
        [](RunOptions& to) { to.settings.device = DeviceChoice::cpu; }},
       {"--isa", {"--isa", "avx512"}, [](RunOptions& to) { to.isa = InstructionSet::avx512; }},
       {"--isa", {"--isa", "portable"}, [](RunOptions& to) { to.isa = InstructionSet::portable; }},
       {"--stop-within",
        {"--stop-within", "90s"},
        [](RunOptions& to) { to.settings.times.stop_within_s = 90; }},
       {"--time-limit",
        {"--time-limit", "2h"},
        [](RunOptions& to) { to.settings.times.time_limit_s = 7200; }},
       {"--lost-after",
        {"--lost-after", "3m"},
        [](RunOptions& to) { to.settings.times.lost_after_s = 180; }},
       {"--shard",
        {"--shard", "2/3"},
        [](RunOptions& to) { to.settings.shard = ShardNumber{.index = 2, .of = 3}; }},
       {"--merge", {"--merge"}, [](RunOptions& to) { to.merge = true; }},
       {"--salvage", {"--salvage"}, [](RunOptions& to) { to.settings.repairs.salvage = true; }},
       {"--retrain-missing",
        {"--retrain-missing"},
        [](RunOptions& to) { to.settings.repairs.retrain_missing = true; }},
       {"--no-pin", {"--no-pin"}, [](RunOptions& to) { to.settings.pinning = Pinning::off; }}});
}

/// The defaults that the help texts name.
TEST(RunOptions, AreThoseOfTheHelpWhereNoneIsGiven) {
  const RunOptions plain = run_table().parsed();
  EXPECT_EQ(plain.job.job, "a.json");
  EXPECT_EQ(plain.settings.coordinator, mpi::CoordinatorMode::working);
  EXPECT_EQ(plain.settings.device, DeviceChoice::automatic);
  EXPECT_EQ(plain.settings.times.stop_within_s, 20);
  EXPECT_EQ(plain.settings.times.lost_after_s, 20);
  EXPECT_EQ(plain.settings.pinning, Pinning::on);
  EXPECT_EQ(fields_of(run_table().parsed({"--coordinator", "working", "--device", "auto",
                                          "--stop-within", "20s", "--lost-after", "20s"})),
            fields_of(plain));
}

TEST(RunOptions, HaveBounds) {
  const std::string largest = std::to_string(kLargestCohort);
  run_table().expect_bounds(
      {{"--cohort", {"1", largest}, {"0", "-1", std::to_string(kLargestCohort + 1), "2.5"}},
       {"--workers", {"1", "4096"}, {"0", "4097"}},
       {"--stop-within", {"1s", "24h"}, {"0.9s", "86401s"}},
       {"--time-limit", {"1s", "365d"}, {"0.9s", "31536001"}},
       {"--lost-after", {"2s", "24h"}, {"1.9s", "86401"}},
       {"--shard", {"1/1", "3/3", "100000/100000"}, {"0/1", "2/1", "1/100001"}},
       {"--coordinator", {"working", "dedicated"}, {"0", "Working", "alone"}},
       {"--engine", {"lockstep", "reference"}, {"0", "Lockstep"}},
       {"--device", {"auto", "cpu", "cuda"}, {"0", "gpu"}},
       {"--isa", {"portable", "avx2", "avx512", "amx"}, {"0", "sse"}},
       {"--out", {"a.run"}, {}},
       {"--store", {"s.h5"}, {}},
       {"--warm-start", {"b.run"}, {}}});
}

TEST(RunOptions, ThatExcludeEachOtherAreNamed) {
  const auto complaints = [](const Words& words) {
    ValidationErrors errors;
    check_run_options(run_table().parsed(words), errors);
    return !errors.empty();
  };
  EXPECT_FALSE(complaints({}));
  EXPECT_FALSE(complaints({"--merge"}));
  EXPECT_FALSE(complaints({"--shard", "1/2"}));
  EXPECT_TRUE(complaints({"--merge", "--shard", "1/2"}));
  EXPECT_TRUE(complaints({"--time-limit", "25s"}));
  EXPECT_FALSE(complaints({"--time-limit", "26s"}));
  EXPECT_TRUE(complaints({"--time-limit", "35s", "--stop-within", "30s"}));
  EXPECT_FALSE(complaints({"--time-limit", "36s", "--stop-within", "30s"}));
}

struct ManifestOptions {
  ColumnMapping columns;
  ValueRules values;
};

TEST(ManifestOptions, AreReadIntoFieldsOfTheirOwn) {
  const OptionTable<ManifestOptions> table(
      [](CLI::App& command, ManifestOptions& options) {
        add_column_options(command, options.columns);
        add_value_options(command, options.values);
      },
      [](const ManifestOptions& options) {
        return Fields{{"id", text_of(options.columns.id)},
                      {"group", text_of(options.columns.group)},
                      {"class", text_of(options.columns.class_label)},
                      {"domain", text_of(options.columns.domain)},
                      {"role", text_of(options.columns.role)},
                      {"image", text_of(options.columns.image)},
                      {"missing words", text_of(options.values.missing_words)},
                      {"spellings", text_of(options.values.spellings)},
                      {"large group", text_of(options.values.large_group)}};
      },
      {});
  using Rules = ValueRules;
  table.expect_each_sets_its_own(
      {{"--id-column", {"--id-column", "a"}, [](ManifestOptions& to) { to.columns.id = "a"; }},
       {"--group-column",
        {"--group-column", "b"},
        [](ManifestOptions& to) { to.columns.group = "b"; }},
       {"--class-column",
        {"--class-column", "c"},
        [](ManifestOptions& to) { to.columns.class_label = "c"; }},
       {"--domain-column",
        {"--domain-column", "d"},
        [](ManifestOptions& to) { to.columns.domain = "d"; }},
       {"--role-column",
        {"--role-column", "e"},
        [](ManifestOptions& to) { to.columns.role = "e"; }},
       {"--image-column",
        {"--image-column", "f"},
        [](ManifestOptions& to) { to.columns.image = "f"; }},
       {"--missing-words",
        {"--missing-words", "missing"},
        [](ManifestOptions& to) { to.values.missing_words = Rules::MissingWords::missing; }},
       {"--missing-words",
        {"--missing-words", "text"},
        [](ManifestOptions& to) { to.values.missing_words = Rules::MissingWords::text; }},
       {"--spellings",
        {"--spellings", "merge"},
        [](ManifestOptions& to) { to.values.spellings = Rules::Spellings::merge; }},
       {"--spellings",
        {"--spellings", "apart"},
        [](ManifestOptions& to) { to.values.spellings = Rules::Spellings::apart; }},
       {"--allow-large-group", {"--allow-large-group"}, [](ManifestOptions& to) {
          to.values.large_group = Rules::LargeGroup::allow;
        }}});
}

}  // namespace
}  // namespace crossfold::cli
