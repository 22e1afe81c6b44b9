// Options of verbs as they are read: what is beyond the bounds of one, or given twice, is refused
// before any work, and the defaults that help names are those that hold.

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crossfold/imaging/near_duplicates.h"
#include "crossfold/imaging/train_segmenter.h"
#include "crossfold/job/job.h"
#include "crossfold/projection/project.h"
#include "crossfold/store/synth.h"

#include "cli/options/option_rows.h"
#include "cli/verbs/told.h"
#include "engine_bench.h"
#include "manual.h"

namespace crossfold {
namespace {

using test::AddVerb;
using test::OptionBounds;
using test::Words;
using ::testing::HasSubstr;

bool refuses(AddVerb add, Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return test::is_refused([&] { static_cast<void>(test::action_of(add, words)); });
}

/// Words that a verb needs, and the options that it has beside them.
struct Verb {
  AddVerb add;
  Words needed;
  std::vector<OptionBounds> options;
};

std::vector<Verb> verbs() {
  const OptionBounds threads{"--threads", {"1", "1024"}, {"0", "1025", "1.5"}};
  const OptionBounds grace{"--grace", {"1", "65535"}, {"0", "65536", "2m"}};
  return {
      {cli::add_manifest_command,
       {"manifest", "duplicates", "m.csv", "-o", "p.csv"},
       {{"--least-score", {"0", "0.5", "1"}, {"-0.01", "1.01"}},
        {"--candidates", {"1", "1000"}, {"0", "1001"}},
        threads}},
      {cli::add_segment_command,
       {"segment", "train", "masks.csv", "--manifest", "m.csv", "-o", "a.unet"},
       {{"--validation", {"0.01", "0.9"}, {"0.009", "0.91"}},
        {"--epochs", {"1", "10000"}, {"0", "10001"}},
        {"--patience", {"1", "10000"}, {"0", "10001"}},
        threads}},
      {cli::add_segment_command,
       {"segment", "apply", "m.csv", "--model", "a.unet", "-o", "masks"},
       {threads}},
      {cli::add_embed_command,
       {"embed", "m.csv", "--store", "s.h5"},
       {{"--stop-within", {"1s", "24h"}, {"0.9s", "86401s"}},
        {"--time-limit", {"1s", "365d"}, {"0.9s", "31536001"}},
        {"--lost-after", {"2s", "24h"}, {"1.9s", "86401"}},
        threads}},
      {cli::add_compare_command,
       {"compare", "a.run", "b.run"},
       {{"--lines", {"0", "1000000"}, {"1000001", "-1"}}}},
      {cli::add_bench_command,
       {"bench"},
       {{"--samples", {"1000", "1000000"}, {"999", "1000001"}},
        {"--dim", {"9", "65536"}, {"8", "65537"}},
        {"--cohort", {"1", "256"}, {"0", "257"}},
        {"--epochs", {"1", "200"}, {"0", "201"}},
        {"--repeats", {"1", "1000"}, {"0", "1001"}},
        {"--device", {"cpu", "cuda"}, {"auto", "gpu", "0"}},
        {"--isa", {"portable", "avx2", "avx512", "amx"}, {"best", "0"}}}},
      {cli::add_doctor_command, {"doctor"}, {grace}},
      {cli::add_export_command, {"export", "a.run", "fits"}, {{"--format", {"csv"}, {"json"}}}}};
}

TEST(OptionBounds, AreRefusedBeyondAndTakenWithin) {
  for (const Verb& verb : verbs())
    for (const OptionBounds& bounds : verb.options) {
      const std::string name = verb.needed.front() + " " + bounds.option + " ";
      for (const std::string& value : bounds.within)
        EXPECT_FALSE(refuses(verb.add, verb.needed, {bounds.option, value})) << name << value;
      for (const std::string& value : bounds.beyond)
        EXPECT_TRUE(refuses(verb.add, verb.needed, {bounds.option, value})) << name << value;
    }
}

/// None silently takes the place of the other.
TEST(OptionBounds, LeaveOneValueToEachOption) {
  for (const Verb& verb : verbs())
    for (const OptionBounds& bounds : verb.options) {
      const std::string& first = bounds.within.front();
      const std::string& last = bounds.within.back();
      EXPECT_TRUE(refuses(verb.add, verb.needed, {bounds.option, first, bounds.option, last}))
          << verb.needed.front() << ' ' << bounds.option;
    }
}

/// What a verb cannot do without.
TEST(OptionBounds, HoldForWhatAVerbNeeds) {
  for (const Verb& verb : verbs())
    for (std::size_t left_out = 0; left_out < verb.needed.size(); ++left_out) {
      if (left_out == 0 || verb.needed[left_out].starts_with('-')) continue;
      Words words(verb.needed.begin(), verb.needed.end());
      const auto at = words.begin() + static_cast<std::ptrdiff_t>(left_out);
      const bool is_value = verb.needed[left_out - 1].starts_with('-');
      words.erase(is_value ? at - 1 : at, at + 1);
      EXPECT_TRUE(refuses(verb.add, words, {})) << ::testing::PrintToString(words);
    }
}

/// Descriptions of all options, by command and name: "segment train --epochs".
std::map<std::string, std::string> descriptions() {
  CLI::App program("", "crossfold");
  cli::Action chosen;
  for (const AddVerb add :
       {cli::add_audit_command, cli::add_bench_command, cli::add_compare_command,
        cli::add_doctor_command, cli::add_manifest_command, cli::add_project_command,
        cli::add_report_command, cli::add_run_command, cli::add_segment_command,
        cli::add_store_command, cli::add_submit_command})
    add(program, chosen);
  std::map<std::string, std::string> found;
  std::vector<cli::ManualCommand> commands{cli::manual_of(program)};
  while (!commands.empty()) {
    const cli::ManualCommand command = commands.back();
    commands.pop_back();
    commands.insert(commands.end(), command.commands.begin(), command.commands.end());
    for (const cli::ManualOption& option : command.options)
      found[command.path + " " + option.names.back()] = option.description;
  }
  return found;
}

TEST(OptionDefaults, AreThoseThatHelpNames) {
  const std::map<std::string, std::string> found = descriptions();
  const cli::BenchSettings bench{};
  const projection::ProjectSettings map{};
  const std::vector<std::pair<std::string, std::string>> expected{
      {"bench --samples", fmt::format("(default {})", bench.samples)},
      {"bench --dim", fmt::format("(default {})", bench.dim)},
      {"bench --cohort", fmt::format("(default {}; on a GPU 256)", bench.cohort)},
      {"bench --epochs", fmt::format("(default {})", bench.epochs)},
      {"bench --repeats", fmt::format("(default {})", bench.repeats)},
      {"project --neighbors", fmt::format("({})", map.neighbors)},
      {"project --min-dist", fmt::format("({})", map.min_dist)},
      {"project --perplexity", fmt::format("({})", map.perplexity)},
      {"run --cohort", fmt::format("(default {})", Job().cohort)},
      {"submit --cohort", fmt::format("(default {})", Job().cohort)},
      {"store synth --sources", fmt::format("(default: {})", kUsualSources)}};
  for (const auto& [option, text] : expected) {
    ASSERT_TRUE(found.contains(option)) << option;
    EXPECT_THAT(found.at(option), HasSubstr(text)) << option;
  }
}

/// By the option that has it: one that is read into another's place shows the other's.
TEST(OptionDefaults, StandWithTheirOwnOption) {
  const std::map<std::string, std::string> found = descriptions();
  const SegmentationSettings train{};
  const DuplicateSettings duplicates{};
  const std::vector<std::pair<std::string, std::string>> expected{
      {"segment train --validation", fmt::format("{}", train.validation)},
      {"segment train --epochs", fmt::format("{}", train.epochs)},
      {"segment train --patience", fmt::format("{}", train.patience)},
      {"segment train --seed", fmt::format("{}", train.seed)},
      {"manifest duplicates --least-score", fmt::format("{}", duplicates.least_score)},
      {"manifest duplicates --candidates", fmt::format("{}", duplicates.candidates)},
      {"compare --tolerance", "0"},
      {"compare --lines", "15"},
      {"audit --lines", "20"},
      {"report --digits", "2"},
      {"doctor --grace", "120"},
      {"submit --grace", "120"},
      {"submit --nodes", "1"},
      {"submit --max-restarts", "20"},
      {"store synth --scale", "1"},
      {"store synth --seed", "0"}};
  for (const auto& [option, value] : expected) {
    ASSERT_TRUE(found.contains(option)) << option;
    EXPECT_TRUE(found.at(option).ends_with(" (default: " + value + ")")) << found.at(option);
  }
}

}  // namespace
}  // namespace crossfold
