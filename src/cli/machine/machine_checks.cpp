#include "machine_checks.h"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/error.h"
#include "crossfold/core/host_info.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/fleet/placement.h"
#include "crossfold/mpi/session.h"
#include "crossfold/site/tool.h"
#include "crossfold/solve/instruction_set.h"
#include "crossfold/train/engine.h"
#include "crossfold/train/gpu_check.h"

#include "own_path.h"

namespace crossfold::cli {
namespace {

using site::Finding;
using site::Verdict;

constexpr double kProbeLimitSeconds = 60;

/// How long the launcher is watched after it has lost a rank. One that ends the others for it sends
/// them SIGTERM at once and SIGKILL a second later.
constexpr double kSilenceSeconds = 2;

constexpr const char* kOutlived = "this rank goes on without the lost one";

Finding mpi_finding(Verdict verdict, std::string text) {
  return {.topic = "mpi", .id = "mpirun-starts-ranks", .verdict = verdict, .text = std::move(text)};
}

/// What two ranks of this program, started by mpirun, answer to `doctor` with `question`.
std::optional<site::ToolAnswer> ask_two_ranks(const std::vector<std::string>& launcher_options,
                                              const char* question) {
  std::vector<std::string> command{"mpirun"};
  command.insert(command.end(), launcher_options.begin(), launcher_options.end());
  for (const char* word : {"--oversubscribe", "-n", "2"}) command.emplace_back(word);
  command.push_back(own_path().string());
  command.insert(command.end(), {"doctor", question});
  return site::run_tool(command, "", kProbeLimitSeconds);
}

/// By which option of mpirun the others live on when a rank dies: tried, since Open MPI 4 and 5
/// know different ones.
Finding lost_rank_finding() {
  Finding finding{
      .topic = "mpi", .id = "lost-rank-survived", .verdict = Verdict::limited, .text = {}};
  std::vector<std::string> surviving;
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"--enable-recovery"}, {"--with-ft", "ulfm"}}) {
    const auto answer = ask_two_ranks(options, "--lose-rank");
    if (answer && answer->out.find(kOutlived) != std::string::npos)
      surviving.push_back(fmt::format("`mpirun {}`", fmt::join(options, " ")));
  }
  if (surviving.empty()) {
    finding.text =
        "a rank that dies ends the run, with --enable-recovery and --with-ft ulfm too. start it "
        "again: it goes on with what is recorded";
    return finding;
  }
  finding.verdict = Verdict::holds;
  finding.text =
      fmt::format("a run goes on when a rank dies under {}", fmt::join(surviving, " and under "));
  return finding;
}

/// The last line that says something: what the reader of a long complaint looks for.
std::string last_words(const std::string& text) {
  const auto end = text.find_last_not_of(" \n-*");
  if (end == std::string::npos) return "it said nothing";
  const auto begin = text.rfind('\n', end);
  return text.substr(begin == std::string::npos ? 0 : begin + 1, end - begin);
}

/// The GPUs that the launcher gives this process, by the names it gives them.
std::vector<std::string> given_gpus() {
  std::vector<std::string> gpus;
  const auto list = fleet::process_environment()("CUDA_VISIBLE_DEVICES");
  std::istringstream names(list.value_or(""));
  for (std::string name; std::getline(names, name, ',');) gpus.push_back(name);
  return gpus;
}

}  // namespace

std::vector<Finding> check_mpi() {
  const auto answer = ask_two_ranks({}, "--ranks");
  if (!answer)
    return {mpi_finding(Verdict::broken,
                        "mpirun is not found (a run uses this machine alone). install Open MPI or "
                        "load its module")};
  const auto told = [&](const char* text) { return answer->out.find(text) != std::string::npos; };
  if (answer->code == 0 && told("rank 0 of 2 ") && told("rank 1 of 2 "))
    return {mpi_finding(Verdict::holds, "mpirun starts ranks that find each other"),
            lost_rank_finding()};
  if (answer->err.find("as root") != std::string::npos)
    return {mpi_finding(Verdict::broken,
                        "mpirun refuses to run as root. set OMPI_ALLOW_RUN_AS_ROOT=1 and "
                        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1, as in containers, or be someone else")};
  if (answer->code == 0)
    return {mpi_finding(Verdict::broken,
                        "mpirun starts processes that do not find each other (it belongs to "
                        "another MPI than the one that this program is linked with). load the MPI "
                        "that the program was built with")};
  return {mpi_finding(Verdict::broken, fmt::format("mpirun ended with code {}: {}", answer->code,
                                                   last_words(answer->err + answer->out)))};
}

int lose_a_rank() {
  mpi::Session session(fleet::detect_launch(fleet::process_environment()),
                       {.silence_s = kSilenceSeconds});
  CF_VALIDATE(
      session.size() > 1, ErrorCode::usage,
      "--lose-rank: there is one rank only (another is to outlive it). start two by mpirun");
  try {
    session.agree([&] {
      if (!session.is_root()) ::raise(SIGKILL);
    });
  } catch (const Error& error) {
    if (error.code() != ErrorCode::stopped) throw;
    write_output(fmt::format("{}\n", kOutlived));
    session.exit_after(0);
  }
  return session.finish(1);
}

int describe_rank() {
  mpi::Session session(fleet::detect_launch(fleet::process_environment()));
  const std::vector<std::string> given = given_gpus();
  const auto seen = static_cast<std::uint32_t>(visible_cuda_devices(EngineKind::lockstep));
  const std::uint32_t gpus = std::max(seen, static_cast<std::uint32_t>(given.size()));
  const fleet::Placement placement = fleet::place(session.local_rank(), gpus, usable_cores());
  std::string device = placement.core ? fmt::format("core {}", *placement.core) : "any core";
  if (placement.gpu)
    device = *placement.gpu < given.size() ? "GPU " + given[*placement.gpu]
                                           : fmt::format("GPU {}", *placement.gpu);
  write_output(fmt::format("rank {} of {} on {}: {}\n", session.rank().value, session.size(),
                           host_info().name, device));
  return 0;
}

std::vector<Finding> check_devices() {
  const std::vector<GpuCheck> gpus = check_gpus();
  const auto shown = fleet::process_environment()("CUDA_VISIBLE_DEVICES");
  const std::string limited = shown ? fmt::format(" (CUDA_VISIBLE_DEVICES={})", *shown) : "";
  if (gpus.empty())
    return {{.topic = "devices",
             .id = "gpus-usable",
             .verdict = Verdict::limited,
             .text = "no CUDA device can be used here" + limited + ": fits are trained on cores"}};
  std::vector<Finding> findings;
  for (std::size_t gpu = 0; gpu < gpus.size(); ++gpu) {
    const auto& [name, problem] = gpus[gpu];
    findings.push_back(
        {.topic = "devices",
         .id = "gpus-usable",
         .verdict = problem.empty() ? Verdict::holds : Verdict::broken,
         .text = fmt::format("GPU {}{}, {}: {}", gpu, limited, name,
                             problem.empty() ? "a copy and a product come out right" : problem)});
  }
  return findings;
}

std::vector<Finding> check_threads() {
  const std::size_t usable = usable_cores().size();
  const std::size_t present = std::thread::hardware_concurrency();
  std::vector<Finding> findings{
      {.topic = "threads",
       .id = "cores-usable",
       .verdict = Verdict::holds,
       .text = fmt::format("{} of {} cores can be used, {} instructions; a worker takes one",
                           usable, std::max(usable, present), name_of(instruction_sets().back()))}};
  std::error_code error;
  const auto shm = std::filesystem::space("/dev/shm", error);
  const double free_gb = error ? 0 : static_cast<double>(shm.available) / 1e9;
  findings.push_back(
      {.topic = "threads",
       .id = "one-copy-per-node",
       .verdict = free_gb > 1 ? Verdict::holds : Verdict::limited,
       .text =
           fmt::format("/dev/shm has {:.3g} GB free for a node's copy of the matrices{}", free_gb,
                       free_gb > 1 ? ""
                                   : "; larger ones go into a mapped file under TMPDIR, which "
                                     "should be a local disk")});
  return findings;
}

}  // namespace crossfold::cli
