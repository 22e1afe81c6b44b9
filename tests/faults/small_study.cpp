#include "faults/small_study.h"

#include <algorithm>
#include <cstdlib>
#include <unistd.h>

#include <gtest/gtest.h>

namespace crossfold::test {

SmallStudy::SmallStudy(int epochs) {
  const Ended made = run_crossfold({"store", "synth", "shortcut", folder_.file("s.h5"), "--scale",
                                    "0.2", "--dim", "16", "--seed", "3"});
  EXPECT_EQ(made.code, 0) << made.err;
  write_text(job(), R"({
    "name": "small", "store": "s.h5", "seed": 5, "cohort": 1, "embeddings": "synth/shortcut",
    "experiments": [
      {"name": "domains", "target": "domain", "candidates": [{"kind": "linear"}]},
      {"name": "task", "evaluate": ["in", "oos"], "probe": "domain",
       "candidates": [{"kind": "baseline"},
                      {"kind": "disentangled", "lambda": {"from": {"grid": [1, 10]}}}]}],
    "splits": {"folds": 3, "seeds": 2},
    "training": {"batch": 32, "plateau": {"patience": 1000000}, "epochs": )" +
                        std::to_string(epochs) + "}}");
}

std::vector<std::string> SmallStudy::run(const std::string& name,
                                         const std::vector<std::string>& more) const {
  std::vector<std::string> arguments{"run", job(), "--out", out(name)};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::vector<std::string> SmallStudy::command(const std::string& name,
                                             const std::vector<std::string>& more) const {
  std::vector<std::string> words = run(name, more);
  words.insert(words.begin(), crossfold_program());
  return words;
}

std::string SmallStudy::report(const std::string& name) const {
  const Ended made = run_crossfold({"report", out(name), "--format", "json", "--fits"});
  EXPECT_EQ(made.code, 0) << name << ": " << made.err;
  return made.out;
}

std::vector<std::string> SmallStudy::recorded(const std::string& name) const {
  const std::string text = read_text(out(name) + "/journal.jsonl");
  std::vector<std::string> ids;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = text.find('\n', begin);
    if (end == std::string::npos) break;  // torn
    const std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line.find(R"("kind":"fit")") == std::string::npos) continue;
    const std::string key = R"("fit":")";
    const std::size_t at = line.find(key);
    EXPECT_NE(at, std::string::npos) << line;
    ids.push_back(line.substr(at + key.size(), line.find('"', at + key.size()) - at - key.size()));
  }
  return ids;
}

void SmallStudy::wait_for_fits(Child& run, const std::string& name, std::size_t fits) const {
  while (run.running() && recorded(name).size() < fits) ::usleep(2000);
}

std::vector<std::string> with_recovery(int ranks, const std::vector<std::string>& arguments) {
  std::vector<std::string> command = with_ranks(ranks, arguments);
  command.insert(std::find(command.begin(), command.end(), "mpirun") + 1, "--enable-recovery");
  return command;
}

int number_from(const char* variable, int otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace crossfold::test
