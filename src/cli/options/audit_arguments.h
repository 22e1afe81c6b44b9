#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "crossfold/audit/audit.h"
#include "crossfold/core/validation_errors.h"
#include "crossfold/study/worker_setup.h"

namespace crossfold::cli {

/// The command line of `audit`.
struct AuditArguments {
  std::optional<std::filesystem::path> run;
  std::optional<std::filesystem::path> store;
  std::vector<std::filesystem::path> tables;
  std::vector<std::filesystem::path> other_runs;
  std::vector<std::string> rules;
  std::vector<std::string> set;
  std::vector<std::string> waive;
  std::vector<std::string> why;
  std::string auditor;
  std::string explain;
  std::optional<std::filesystem::path> out;
  std::size_t replay = 0;        ///< fits to train again
  std::size_t other_engine = 0;  ///< fits to train again by the other engine
  std::string nonce;
  std::optional<DeviceChoice> device;  ///< what they are trained on
  audit::AuditText text;
  bool strict = false;
  bool json = false;
  bool self_test = false;
};

void add_audit_arguments(CLI::App& command, AuditArguments& arguments);

/// What of the arguments does not go together.
void check_audit_arguments(const AuditArguments& arguments, ValidationErrors& errors);

/// Each rule is waived for the --why that is given in the same place as its --waive.
[[nodiscard]] audit::AuditOptions audit_options(const AuditArguments& arguments,
                                                ValidationErrors& errors);

/// Of arguments that have a run; nothing is trained again yet.
[[nodiscard]] audit::AuditSubject audit_subject(const AuditArguments& arguments);

}  // namespace crossfold::cli
