// What the man page and the completions of each shell make of a program with commands in commands,
// words to choose from, files and signs that a shell or troff would take for its own.

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "manual.h"

namespace crossfold::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Files = ManualOption::Files;
using Kind = ManualOption::Kind;

ManualOption flag(const std::vector<std::string>& names, const std::string& description) {
  return {.names = names, .value = "", .description = description, .choices = {}};
}

ManualOption valued(const std::vector<std::string>& names, const std::string& value,
                    const std::string& description, Files files = Files::none) {
  return {.names = names,
          .value = value,
          .description = description,
          .choices = {},
          .kind = Kind::option,
          .files = files};
}

ManualCommand sample() {
  ManualOption job = valued({"JOB"}, "JOB", "Job's file", Files::any);
  job.kind = Kind::positional;
  ManualOption engine = valued({"--engine"}, "slow|fast", "Which");
  engine.choices = {"slow", "fast"};
  ManualOption store = valued({"STORE"}, "STORE", "What is read", Files::any);
  store.kind = Kind::positional;
  const ManualCommand run{
      .path = "run",
      .description = "Trains what isn't done",
      .footer = "First sentence.\nOne that goes on\nin a second line.\n  kept -as is\nThe end.",
      .options = {job, valued({"-o", "--out"}, "DIR", "Run [directory]: new", Files::directories),
                  engine, valued({"--store"}, "FILE", ".h5 or \\ file", Files::any),
                  valued({"--workers"}, "N", "How many (default: 3)"), flag({"--no-pin"}, "Free")},
      .commands = {}};
  const ManualCommand info{.path = "store info",
                           .description = "Tells",
                           .footer = "",
                           .options = {store, flag({"--json"}, "For programs")},
                           .commands = {}};
  const ManualCommand remake{.path = "store re-make",
                             .description = "Makes anew",
                             .footer = "",
                             .options = {},
                             .commands = {}};
  return {.path = "",
          .description = "sample: does it all",
          .footer = "Ends\nwell.\nCodes: 0",
          .options = {flag({"-q", "--quiet"}, "Less")},
          .commands = {run,
                       {.path = "store",
                        .description = "Stores",
                        .footer = "",
                        .options = {},
                        .commands = {info, remake}}}};
}

TEST(ManualTexts, OfBashCompleteWhatMayStandThere) {
  const std::string script = completions(sample(), Shell::bash);
  EXPECT_THAT(script, HasSubstr("\n      /run) path=run ;;\n"
                                "      /store) path=store ;;\n"
                                "      store/info) path=store_info ;;\n"
                                "      store/re-make) path=store_re_make ;;\n"
                                "    esac\n"));
  EXPECT_THAT(
      script,
      HasSubstr(
          "\n    '')\n"
          "      words='run store -q --quiet' ;;\n"
          "    run)\n"
          "      case \"$before\" in\n"
          "        -o|--out) compopt -o filenames; COMPREPLY=($(compgen -d -- \"$word\")); return "
          ";;\n"
          "        --engine) COMPREPLY=($(compgen -W 'slow fast' -- \"$word\")); return ;;\n"
          "        --store) compopt -o filenames; COMPREPLY=($(compgen -f -- \"$word\")); return "
          ";;\n"
          "        --workers) return ;;\n"
          "      esac\n"
          "      words='-o --out --engine --store --workers --no-pin' ;;\n"
          "    store)\n"
          "      words='info re-make' ;;\n"
          "    store_info)\n"
          "      words='--json' ;;\n"
          "    store_re_make)\n"
          "      words='' ;;\n"
          "  esac\n"));
}

TEST(ManualTexts, OfZshHaveAFunctionForEachCommand) {
  const std::string script = completions(sample(), Shell::zsh);
  EXPECT_THAT(script, HasSubstr("\n_crossfold() {\n"
                                "  local line state\n"
                                "  _arguments -C \\\n"
                                "    '-q[Less]' \\\n"
                                "    '--quiet[Less]' '1: :->command' '*::argument:->rest'\n"
                                "  case $state in\n"
                                "    command)\n"
                                "      local -a commands=(\n"
                                "        'run:Trains what isn'\\''t done'\n"
                                "        'store:Stores')\n"
                                "      _describe command commands ;;\n"
                                "    rest)\n"
                                "      case $line[1] in\n"
                                "        run) _crossfold_run ;;\n"
                                "        store) _crossfold_store ;;\n"
                                "      esac ;;\n"
                                "  esac\n"
                                "}\n"));
  EXPECT_THAT(script, HasSubstr("\n_crossfold_run() {\n"
                                "  _arguments -s \\\n"
                                "    '*:JOB:_files' \\\n"
                                "    '-o[Run \\[directory\\]\\: new]:DIR:_files -/' \\\n"
                                "    '--out[Run \\[directory\\]\\: new]:DIR:_files -/' \\\n"
                                "    '--engine[Which]:slow|fast:(slow fast)' \\\n"
                                "    '--store[.h5 or \\\\ file]:FILE:_files' \\\n"
                                "    '--workers[How many (default\\: 3)]:N: ' \\\n"
                                "    '--no-pin[Free]'\n"
                                "}\n"));
  EXPECT_THAT(script, HasSubstr("        info) _crossfold_store_info ;;\n"
                                "        re-make) _crossfold_store_re_make ;;\n"));
  EXPECT_THAT(script, HasSubstr("\n_crossfold_store_re_make() {\n  _arguments -s\n}\n"));
}

TEST(ManualTexts, OfFishSayWhereEachOptionStands) {
  const std::string at_run = "complete -c crossfold -n '__fish_seen_subcommand_from run'";
  const std::string at_store = "complete -c crossfold -f -n '__fish_seen_subcommand_from store'";
  EXPECT_EQ(completions(sample(), Shell::fish),
            "# Completions of crossfold for fish.\n"
            "complete -c crossfold -f -n '__fish_use_subcommand' -a run -d 'Trains what "
            "isn'\\''t done'\n"
            "complete -c crossfold -f -n '__fish_use_subcommand' -a store -d 'Stores'\n"
            "complete -c crossfold -n '__fish_use_subcommand' -s q -l quiet -d 'Less'\n" +
                at_run +
                " -s o -l out -r -f -a '(__fish_complete_directories)' -d 'Run [directory]: "
                "new'\n" +
                at_run + " -l engine -r -f -a 'slow fast' -d 'Which'\n" + at_run +
                " -l store -r -F -d '.h5 or \\ file'\n" + at_run +
                " -l workers -r -d 'How many (default: 3)'\n" + at_run + " -l no-pin -d 'Free'\n" +
                at_store + " -a info -d 'Tells'\n" + at_store +
                " -a re-make -d 'Makes anew'\n"
                "complete -c crossfold -n '__fish_seen_subcommand_from store; and "
                "__fish_seen_subcommand_from info' -l json -d 'For programs'\n");
}

TEST(ManualTexts, OfManHaveEachCommandWithItsOptions) {
  const std::string page = man_page(sample(), "1.2-3");
  EXPECT_THAT(page, ::testing::StartsWith(".TH CROSSFOLD 1 \""));
  const std::string name = ".SH NAME\n";
  ASSERT_NE(page.find(name), std::string::npos) << page;
  EXPECT_THAT(page.substr(0, page.find(name)),
              ::testing::EndsWith("\" \"crossfold 1.2\\-3\" \"User Commands\"\n"));
  EXPECT_EQ(page.substr(page.find(name)),
            ".SH NAME\ncrossfold \\- does it all\n"
            ".SH SYNOPSIS\n\\fBcrossfold\\fR \\fICOMMAND\\fR ...\n"
            ".SH OPTIONS\n"
            ".TP\n\\fB\\-q\\fR, \\fB\\-\\-quiet\\fR\nLess\n"
            ".SH COMMANDS\n"
            ".SS crossfold run\nTrains what isn't done.\n"
            ".PP\n\\fBcrossfold run\\fR [\\fIOPTION\\fR ...] \\fIJOB\\fR\n"
            ".TP\n\\fBJOB\\fR\nJob's file\n"
            ".TP\n\\fB\\-o\\fR, \\fB\\-\\-out\\fR \\fIDIR\\fR\nRun [directory]: new\n"
            ".TP\n\\fB\\-\\-engine\\fR \\fIslow|fast\\fR\nWhich\n"
            ".TP\n\\fB\\-\\-store\\fR \\fIFILE\\fR\n\\&.h5 or \\e file\n"
            ".TP\n\\fB\\-\\-workers\\fR \\fIN\\fR\nHow many (default: 3)\n"
            ".TP\n\\fB\\-\\-no\\-pin\\fR\nFree\n"
            ".PP\nFirst sentence.\n"
            ".PP\nOne that goes on\nin a second line.\n"
            ".nf\n  kept \\-as is\n.fi\n"
            ".PP\nThe end.\n"
            ".SS crossfold store\nStores.\n.PP\n\\fBcrossfold store\\fR \\fICOMMAND\\fR ...\n"
            ".SS crossfold store info\nTells.\n"
            ".PP\n\\fBcrossfold store info\\fR [\\fIOPTION\\fR ...] \\fISTORE\\fR\n"
            ".TP\n\\fBSTORE\\fR\nWhat is read\n"
            ".TP\n\\fB\\-\\-json\\fR\nFor programs\n"
            ".SS crossfold store re\\-make\nMakes anew.\n"
            ".PP\n\\fBcrossfold store re\\-make\\fR [\\fIOPTION\\fR ...]\n"
            ".SH EXIT STATUS\nEnds\nwell.\n.PP\nCodes: 0\n");
}

/// A program of two levels, with an option of each kind.
TEST(ManualOf, TakesEachCommandAndOptionAsTheProgramHasThem) {
  CLI::App program("sample: does it all", "crossfold");
  program.footer("of the program");
  int workers = 3;
  std::string text;
  bool quiet = false;
  program.add_flag("-q,--quiet", quiet, "Less");
  CLI::App* run = program.add_subcommand("run", "Trains");
  run->footer("of run");
  run->add_option("--workers", workers, "How many")
      ->check(CLI::Range(1, 9))
      ->type_name("N")
      ->capture_default_str();
  run->add_option("-o,--out", text, "Where")->type_name("DIR");
  run->add_option("--engine", text, "Which")->type_name("slow|fast-2");
  run->add_option("--source", text, "From what")->type_name("STORE|RUN");
  run->add_option("--map", text, "To what")->type_name("FILE.csv");
  run->add_option("--pairs", text, "Which")->type_name("CSV");
  run->add_option("--crate", text, "Of what")->type_name("DIR.crate");
  run->add_option("--hidden", text, "Not told")->group("");
  run->add_option("job", text, "The job")->type_name("JOB");
  CLI::App* store = program.add_subcommand("store", "Stores");
  store->add_subcommand("info", "Tells");
  store->add_subcommand("secret", "Not told")->group("");

  const ManualCommand manual = manual_of(program);
  EXPECT_EQ(manual.path, "");
  EXPECT_EQ(manual.footer, "of the program");
  ASSERT_EQ(manual.commands.size(), 2U);
  const ManualCommand& of_run = manual.commands[0];
  const ManualCommand& of_store = manual.commands[1];
  EXPECT_EQ(of_run.path, "run");
  EXPECT_EQ(of_run.description, "Trains");
  EXPECT_EQ(of_run.footer, "of run");
  EXPECT_EQ(of_store.path, "store");
  EXPECT_EQ(of_store.footer, "") << "which is the program's, not its own";
  ASSERT_EQ(of_store.commands.size(), 1U);
  EXPECT_EQ(of_store.commands[0].path, "store info");

  ASSERT_EQ(of_run.options.size(), 9U) << "the job, help, and the seven that are told";
  const ManualOption& job = of_run.options[0];
  EXPECT_EQ(job.kind, Kind::positional) << "comes first";
  EXPECT_THAT(job.names, ElementsAre("JOB"));
  EXPECT_EQ(job.files, Files::any);
  const ManualOption& of_workers = of_run.options[2];
  EXPECT_THAT(of_workers.names, ElementsAre("--workers"));
  EXPECT_EQ(of_workers.value, "N");
  EXPECT_EQ(of_workers.description, "How many (default: 3)");
  EXPECT_EQ(of_workers.files, Files::none);
  EXPECT_THAT(of_workers.choices, IsEmpty());
  EXPECT_THAT(of_run.options[3].names, ElementsAre("-o", "--out"));
  EXPECT_EQ(of_run.options[3].files, Files::directories);
  EXPECT_EQ(of_run.options[3].description, "Where");
  EXPECT_THAT(of_run.options[4].choices, ElementsAre("slow", "fast-2"));
  EXPECT_EQ(of_run.options[4].kind, Kind::option);
  EXPECT_THAT(of_run.options[5].choices, IsEmpty()) << "names of what is wanted, not words";
  EXPECT_EQ(of_run.options[5].value, "STORE|RUN");
  EXPECT_EQ(of_run.options[5].files, Files::any) << "a file or a directory";
  EXPECT_EQ(of_run.options[6].files, Files::any);
  EXPECT_EQ(of_run.options[7].files, Files::any);
  EXPECT_EQ(of_run.options[8].files, Files::directories);
  EXPECT_THAT(manual.options.back().names, ElementsAre("-q", "--quiet"));
  EXPECT_EQ(manual.options.back().value, "") << "a flag has none";
}

}  // namespace
}  // namespace crossfold::cli
