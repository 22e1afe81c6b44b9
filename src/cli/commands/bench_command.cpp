#include <memory>
#include <optional>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "crossfold/core/build_info.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/core/text_of_json.h"
#include "crossfold/job/job.h"
#include "crossfold/study/worker_setup.h"
#include "crossfold/train/compute_device.h"

#include "choice_option.h"
#include "command.h"
#include "engine_bench.h"
#include "isa_option.h"
#include "number_option.h"

namespace crossfold::cli {
namespace {

using nlohmann::json;

constexpr int kCohortOfAGpu = 256;

struct BenchOptions {
  BenchSettings settings;
  std::optional<int> cohort;
  DeviceChoice device = DeviceChoice::cpu;
  IsaChoice isa;
  bool json = false;
};

json describe(const EpochRate& rate, bool on_gpu) {
  json value{{"epoch_s", rate.epoch_s},
             {"roofline_share", rate.roofline_share},
             {"epochs_per_s", rate.epochs_per_s},
             {"samples_per_s", rate.samples_per_s}};
  value[on_gpu ? "memory_share" : "library_share"] =
      on_gpu ? rate.memory_share : rate.library_share;
  return value;
}

json describe(const BenchSettings& settings, const BenchResult& result) {
  json products = json::array();
  for (const ProductRate& rate : result.products)
    products.push_back(
        {{"by", rate.by}, {"m", rate.m}, {"n", rate.n}, {"k", rate.k}, {"gflops", rate.gflops}});
  json value{{"format", "crossfold-bench"},
             {"format_version", 1},
             {"version", build_info().version},
             {"cpu", result.cpu},
             {"instruction_set", result.instruction_set},
             {"threads", 1},
             {"samples", settings.samples},
             {"train_samples", result.train_samples},
             {"dim", settings.dim},
             {"cohort", settings.cohort},
             {"epochs", settings.epochs},
             {"repeats", settings.repeats},
             {"product_gflops", result.product_gflops},
             {"products", products},
             {"memory_bytes", result.memory_bytes},
             {"copy_bytes", result.copy_bytes}};
  const bool on_gpu = !result.gpu.empty();
  if (on_gpu) {
    value["gpu"] = result.gpu;
    value["copied_gb_per_s"] = result.copied_gb_per_s;
  } else {
    value["library_gflops"] = result.library_gflops;
    value["memory_limit_bytes"] = result.memory_limit_bytes;
  }
  for (const BenchVariant& variant : result.variants) {
    const std::string name =
        variant.cohort == settings.cohort ? variant.name : variant.name + "_alone";
    value[name] = describe(variant.rate, on_gpu);
    value[name]["cohort"] = variant.cohort;
    value[name]["operations"] = variant.operations;
    value[name]["bytes"] = variant.bytes;
  }
  return value;
}

std::string render_rates(const BenchResult& result) {
  std::string text = "products, float32, the best of all runs\n";
  for (const ProductRate& rate : result.products)
    text += fmt::format("  {:9}  [{} x {}] x [{} x {}]: {:.0f} GFLOP/s\n", rate.by, rate.m, rate.k,
                        rate.k, rate.n, rate.gflops);
  text += fmt::format("  highest: {:.0f} GFLOP/s, the roofline below", result.product_gflops);
  if (result.gpu.empty())
    return text + fmt::format("; {}'s: {:.0f}\n\n", kProductLibrary, result.library_gflops);
  return text + fmt::format("\ncopies, read and written: {:.0f} GB/s\n\n", result.copied_gb_per_s);
}

std::string render_memory(const BenchSettings& settings, const BenchResult& result) {
  const std::string text = fmt::format(
      "\nmemory (RssAnon): {:.0f} MB at most, beside the node's one copy of the features ({:.0f} "
      "MB)",
      static_cast<double>(result.memory_bytes) / 1e6, static_cast<double>(result.copy_bytes) / 1e6);
  if (!result.gpu.empty()) return text + "\n";
  return text + fmt::format(";\n{:.0f} MB are allowed for {} fits\n",
                            result.memory_limit_bytes / 1e6, settings.cohort);
}

std::string render(const BenchSettings& settings, const BenchResult& result) {
  const bool on_gpu = !result.gpu.empty();
  const std::string second = on_gpu ? "of copies" : fmt::format("of {}", kProductLibrary);
  std::string text =
      fmt::format("{}{}, {}, one thread; {} training samples x {} features, batches of 256\n\n",
                  on_gpu ? result.gpu + ", beside " : "", result.cpu, result.instruction_set,
                  result.train_samples, settings.dim);
  text += render_rates(result);
  text +=
      fmt::format("epochs, medians of {} trainings of {} epochs, solver and validation included\n",
                  settings.repeats, settings.epochs);
  text += fmt::format("  {:12}  {:>6}  {:>8}  {:>6}  {:>9}  {:>8}  {:>11}\n", "fit", "cohort",
                      "seconds", "share", second, "a second", "samples/s");
  for (const BenchVariant& variant : result.variants)
    text +=
        fmt::format("  {:12}  {:>6}  {:>8.4f}  {:>6.2f}  {:>9.2f}  {:>8.2f}  {:>11.0f}\n",
                    variant.name, variant.cohort, variant.rate.epoch_s, variant.rate.roofline_share,
                    on_gpu ? variant.rate.memory_share : variant.rate.library_share,
                    variant.rate.epochs_per_s, variant.rate.samples_per_s);
  text += render_memory(settings, result);
  text +=
      "\nseconds: per fit and epoch. share: operations of the products over that time and over "
      "the\n"
      "roofline; an epoch of a disentangled fit includes the pass that feeds its domain head.\n";
  return text + (on_gpu ? "of copies: bytes of parameters and moments that the optimiser moves, "
                          "over that time\nand over the rate of copies\n"
                        : fmt::format("of {}: the same over the product library's highest rate\n",
                                      kProductLibrary));
}

int run(const BenchOptions& options) {
  ComputeDevice device{.instruction_set = hold(options.isa)};
  BenchSettings settings = options.settings;
  if (options.device == DeviceChoice::cuda) {
    device.gpu = 0;
    settings.cohort = kCohortOfAGpu;
  }
  settings.cohort = options.cohort.value_or(settings.cohort);
  const BenchResult result = bench_engine(settings, device);
  write_output(options.json ? json_text(describe(settings, result), 2) + "\n"
                            : render(settings, result));
  return 0;
}

}  // namespace

void add_bench_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "bench", "Measure this machine's best product rate, and how close training comes to it");
  command->footer(
      "One thread, planted data; nothing else should run. Two at once, each on a core of its own,\n"
      "tell what a second rank brings.\n"
      "Examples:\n  crossfold bench\n  crossfold bench --device cuda\n  crossfold bench --samples "
      "3000 --dim 64 --cohort 1 --json");
  const auto options = std::make_shared<BenchOptions>();  // shared by the parser and the action
  BenchSettings& settings = options->settings;
  add_number(*command, "--samples", settings.samples, NumberBounds{1000, 1'000'000},
             "Samples of the pool (default 14042)")
      ->type_name("N");
  add_number(*command, "--dim", settings.dim, NumberBounds{9, 65536}, "Features (default 1024)")
      ->type_name("D");
  add_number(*command, "--cohort", options->cohort, NumberBounds{1, kLargestCohort},
             "Fits trained together (default 8; on a GPU 256)")
      ->type_name("N");
  add_number(*command, "--epochs", settings.epochs, NumberBounds{1, 200},
             "Epochs of each training (default 10)")
      ->type_name("N");
  add_number(*command, "--repeats", settings.repeats, NumberBounds{1, 1000},
             "Medians over so many (default 5)")
      ->type_name("N");
  add_choice<DeviceChoice>(*command, "--device", options->device,
                           {{"cpu", DeviceChoice::cpu}, {"cuda", DeviceChoice::cuda}},
                           "What trains: one core (cpu, default), or the first GPU that this "
                           "process sees");
  add_isa_option(*command, options->isa);
  command->add_flag("--json", options->json, "As JSON");
  command->callback([options, &chosen] { chosen = [options] { return run(*options); }; });
}

}  // namespace crossfold::cli
