#include <memory>
#include <string>

#include <fmt/format.h>

#include "crossfold/core/counted.h"
#include "crossfold/core/log.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/package/package.h"

#include "command.h"

namespace crossfold::cli {
namespace {

struct PackageArguments {
  PackageRequest request;
  std::string store;
  bool with_store = false;
};

int package(const PackageArguments& arguments) {
  PackageRequest request = arguments.request;
  if (!arguments.store.empty()) request.store = arguments.store;
  request.copy = arguments.with_store ? StoreCopy::included : StoreCopy::left_out;
  const Package made = package_run(request);
  if (made.audit_failed)
    log_warning(
        fmt::format("{}: a rule of the audit inside fails (audit.txt)", made.crate.string()));
  write_output(fmt::format("{}: {}, {} bytes, {}\n", made.crate.string(),
                           counted(made.files, "file"), made.bytes,
                           counted(made.sessions, "session")));
  return 0;
}

}  // namespace

void add_package_command(CLI::App& program, Action& chosen) {
  CLI::App* command = program.add_subcommand(
      "package", "Pack a run with its audit, for others to check: an RO-Crate");
  command->footer(
      "Makes a folder with the run directory byte for byte (lock and heartbeat aside), an audit "
      "of\n"
      "it, ro-crate-metadata.json (RO-Crate 1.1, Process Run Crate 0.5) with the SHA-256 of every\n"
      "file and an action for each session, and codecheck.yml, in which the paper's title, "
      "authors\n"
      "and reference are to be filled in. The crate appears whole or not at all, and never over\n"
      "anything. The store stays out unless --with-store says otherwise.\n"
      "Examples:\n  crossfold package cxr.run -o cxr.crate\n"
      "  crossfold package cxr.run -o cxr.crate --with-store \\\n"
      "    --license https://spdx.org/licenses/CC-BY-4.0\n"
      "  crossfold audit cxr.crate/run --store cxr.crate/store.h5");
  const auto arguments = std::make_shared<PackageArguments>();  // shared by parser and action
  command->add_option("run", arguments->request.run, "Run directory")->required()->type_name("RUN");
  command->add_option("-o,--out", arguments->request.crate, "Folder to be made")
      ->required()
      ->type_name("DIR.crate");
  command->add_option("--store", arguments->store, "The store, where it is not where the job says")
      ->type_name("STORE");
  command->add_flag("--with-store", arguments->with_store,
                    "Put the store into the crate: embeddings of patients' images, so only where "
                    "you may give them away");
  command
      ->add_option(
          "--license", arguments->request.license,
          "URL of the license of the crate; without it, the crate says that none is stated")
      ->type_name("URL");
  command->add_option("--auditor", arguments->request.auditor, "Who audits; stands in the audit")
      ->type_name("TEXT");
  command->callback([arguments, &chosen] { chosen = [arguments] { return package(*arguments); }; });
}

}  // namespace crossfold::cli
