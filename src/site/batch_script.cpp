#include "crossfold/site/batch_script.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/duration.h"
#include "crossfold/core/error.h"
#include "crossfold/core/validation_errors.h"

#include "batch_template.h"

namespace crossfold::site {
namespace {

constexpr std::string_view kPlainCharacters =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-+=.,:/@%";

bool is_plain(std::string_view text) {
  return !text.empty() && text.find_first_not_of(kPlainCharacters) == std::string_view::npos;
}

// The signal before the time limit comes up to a minute early (sbatch's manual, --signal).
constexpr double kSignalSlackSeconds = 60;

/// The time limit as Slurm reads it: a number alone is minutes; 0 is no limit.
std::optional<double> time_limit(const std::string& text) {
  return parse_duration(text, BareNumber::minutes);
}

/// One that Slurm can read: its own forms stay as they are.
std::string slurm_words(const std::string& text) {
  const bool is_slurm_form = text.find_first_not_of("0123456789:-") == std::string::npos;
  return is_slurm_form ? text : slurm_time(time_limit(text).value());
}

void check_time(const BatchOptions& options, ValidationErrors& errors) {
  if (!options.time) return;
  const auto limit = time_limit(*options.time);
  if (!limit) {
    errors.add("--time", fmt::format("is '{}' (no time limit). write {}; a number alone is "
                                     "minutes, as Slurm has it",
                                     *options.time, kDurationForms));
    return;
  }
  const double needed = options.grace_s + kSignalSlackSeconds;
  if (*limit > 0 && *limit <= needed)
    errors.add("--time",
               fmt::format("is {}, {} (no time to work: --grace has the run stopped {} before the "
                           "end, and Slurm's signal may come a minute early). give more than {}, "
                           "or lower --grace",
                           *options.time, given_duration_text(*limit),
                           given_duration_text(options.grace_s), given_duration_text(needed)));
}

/// An option of sbatch that the script has, or has not, for a reason of its own.
struct OwnOption {
  std::string_view name;
  char letter;  ///< its short form; 0: none
  const char* instead;
};
constexpr std::array kOwnOptions{
    OwnOption{"time", 't', "use --time"},
    OwnOption{"signal", '\0', "use --grace"},
    OwnOption{"requeue", '\0', "use --max-restarts"},
    OwnOption{"no-requeue", '\0', "use --max-restarts"},
    OwnOption{"output", 'o', "use --log"},
    OwnOption{"open-mode", '\0', "leave it out: a restart appends to the log"},
    OwnOption{"array", 'a', "use --shards and --at-once"},
    OwnOption{"nodes", 'N', "use --nodes"},
    OwnOption{"ntasks", 'n', "use --nodes with --cores-per-node or --gpus-per-node"},
    OwnOption{"ntasks-per-node", '\0', "use --cores-per-node or --gpus-per-node"},
    OwnOption{"partition", 'p', "use --partition"},
    OwnOption{"account", 'A', "use --account"},
};

/// Whether a word is this option as sbatch reads it: also shortened, as --ti or -t5.
bool is_option(std::string_view word, const OwnOption& own) {
  if (!word.starts_with("--"))
    return word.size() > 1 && word[0] == '-' && own.letter != '\0' && word[1] == own.letter;
  const std::string_view name = word.substr(2, word.find('=') - 2);
  return !name.empty() && own.name.starts_with(name);
}

/// Of options given twice Slurm takes the later one, so that what was checked of the first is void.
void refuse_own_options(const std::string& line, ValidationErrors& errors) {
  std::istringstream words(line);  // sbatch reads several options of a line
  for (std::string word; words >> word;) {
    const auto own = std::find_if(kOwnOptions.begin(), kOwnOptions.end(),
                                  [&](const OwnOption& option) { return is_option(word, option); });
    if (own == kOwnOptions.end()) continue;
    errors.add(
        "--sbatch",
        fmt::format("is '{}' (it would change what crossfold's own options set, unchecked). {}",
                    line, own->instead));
    return;
  }
}

/// The job's name as Slurm may show it and file names may hold it.
std::string tame(std::string name) {
  for (char& c : name)
    if (std::string_view(kPlainCharacters).find(c) == std::string_view::npos || c == '/' ||
        c == '%' || c == ',')
      c = '-';
  while (name.starts_with('-') || name.starts_with('.')) name.erase(0, 1);
  return name.empty() ? "crossfold" : name;
}

std::string directives(const BatchOptions& options) {
  const std::string name = tame(options.name);
  std::vector<std::string> lines{
      "--job-name=" + name,
      fmt::format("--output={}",
                  options.log.value_or(name + (options.shards ? "-%A_%a.log" : "-%j.log"))),
      "--open-mode=append",
      "--requeue",
      fmt::format("--signal=B:USR1@{}", options.grace_s),
      fmt::format("--nodes={}", options.nodes),
  };
  if (options.cores_per_node || options.gpus_per_node) {
    lines.push_back(fmt::format("--ntasks-per-node={}", options.gpus_per_node.value_or(
                                                            options.cores_per_node.value_or(1))));
    lines.emplace_back("--cpus-per-task=1");
  } else {
    lines.emplace_back("--exclusive");
  }
  if (options.gpus_per_node) lines.push_back(fmt::format("--gres=gpu:{}", *options.gpus_per_node));
  if (options.time) lines.push_back("--time=" + slurm_words(*options.time));
  if (options.partition) lines.push_back("--partition=" + *options.partition);
  if (options.account) lines.push_back("--account=" + *options.account);
  if (options.shards)
    lines.push_back(fmt::format("--array=1-{}", *options.shards) +
                    (options.at_once ? fmt::format("%{}", *options.at_once) : ""));
  lines.insert(lines.end(), options.more.begin(), options.more.end());
  return fmt::format("#SBATCH {}", fmt::join(lines, "\n#SBATCH "));
}

std::string launcher_words(const BatchOptions& options) {
  if (options.launcher == Launcher::mpirun) return "mpirun --enable-recovery";
  const bool whole_nodes = !options.cores_per_node && !options.gpus_per_node;
  return std::string("srun --mpi=pmix --kill-on-bad-exit=1") +
         (whole_nodes ? " --ntasks-per-node=\"$SLURM_CPUS_ON_NODE\"" : "");
}

bool names_device(const std::string& argument) {
  return argument == "--device" || argument.starts_with("--device=");
}

std::string argument_words(const BatchOptions& options) {
  std::vector<std::string> arguments = options.arguments;
  // Who asks for GPUs means them; where they cannot be used the run says so and ends.
  if (options.gpus_per_node && std::none_of(arguments.begin(), arguments.end(), names_device))
    arguments.insert(arguments.end(), {"--device", "cuda"});
  std::string words;
  for (const std::string& argument : arguments)
    words += (words.empty() ? "" : " ") + shell_word(argument);
  if (options.shards) words += fmt::format(" --shard \"$SLURM_ARRAY_TASK_ID/{}\"", *options.shards);
  return words;
}

/// Replaces every @WORD@ of the template; what is filled in is not looked at again.
std::string fill_in(std::string_view text, const std::map<std::string_view, std::string>& words) {
  std::string filled;
  while (!text.empty()) {
    const auto begin = text.find('@');
    filled += text.substr(0, begin);
    if (begin == std::string_view::npos) break;
    const auto end = text.find('@', begin + 1);
    const auto word = end == std::string_view::npos
                          ? words.end()
                          : words.find(text.substr(begin + 1, end - begin - 1));
    if (word == words.end()) {
      filled += '@';
      text.remove_prefix(begin + 1);
      continue;
    }
    filled += word->second;
    text.remove_prefix(end + 1);
  }
  return filled;
}

}  // namespace

std::string shell_word(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'')
      word += "'\\''";
    else
      word += c;
  }
  return word + "'";
}

void check_batch_options(const BatchOptions& options, ValidationErrors& errors) {
  // What Slurm reads from a comment line goes in unquoted, so it must be plain.
  const auto plain = [&](const char* option, const std::optional<std::string>& value) {
    if (value && !is_plain(*value))
      errors.add(option, fmt::format("is '{}' (Slurm cannot read this from a script). use "
                                     "letters, digits and _-+=.,:/@%",
                                     *value));
  };
  plain("--partition", options.partition);
  plain("--account", options.account);
  plain("--log", options.log);
  check_time(options, errors);
  if (options.at_once && !options.shards)
    errors.add("--at-once", "is for shards (there is one run only). add --shards");
  if (options.cores_per_node && options.gpus_per_node)
    errors.add("--cores-per-node",
               "excludes --gpus-per-node (a rank has one core or one GPU). give one of them");
  if (options.container.find('\n') != std::string::npos)
    errors.add("--container", "holds a line break. write it on one line");
  for (const std::string& more : options.more) {
    refuse_own_options(more, errors);
    if (!more.starts_with('-') || more.find('\n') != std::string::npos)
      errors.add("--sbatch", fmt::format("is '{}' (no option of sbatch). write one option, "
                                         "--sbatch=--constraint=a100 for example",
                                         more));
  }
}

std::string batch_script(const BatchOptions& options) {
  ValidationErrors errors;
  check_batch_options(options, errors);
  errors.throw_if_any(ErrorCode::usage, "submit");
  return fill_in(batch_template(),
                 {{"DIRECTIVES", directives(options)},
                  {"PROGRAM", shell_word(options.program)},
                  {"ARGUMENTS", argument_words(options)},
                  {"LAUNCHER", launcher_words(options)},
                  {"CONTAINER", options.container},
                  {"MAX_RESTARTS", std::to_string(options.max_restarts)},
                  {"SETUP", options.setup ? "source " + shell_word(*options.setup) : ""}});
}

}  // namespace crossfold::site
