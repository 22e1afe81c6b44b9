#pragma once

#include <functional>

#include <CLI/CLI.hpp>

namespace crossfold::cli {

/// What the chosen subcommand does; returns the exit code.
using Action = std::function<int()>;

// Each adds one subcommand to the program; when the user chooses it, `chosen` becomes its action.
void add_check_command(CLI::App& program, Action& chosen);
void add_plan_command(CLI::App& program, Action& chosen);
void add_run_command(CLI::App& program, Action& chosen);
void add_status_command(CLI::App& program, Action& chosen);
void add_submit_command(CLI::App& program, Action& chosen);
void add_doctor_command(CLI::App& program, Action& chosen);
void add_report_command(CLI::App& program, Action& chosen);
void add_compare_command(CLI::App& program, Action& chosen);
void add_audit_command(CLI::App& program, Action& chosen);
void add_package_command(CLI::App& program, Action& chosen);
void add_timeline_command(CLI::App& program, Action& chosen);
void add_project_command(CLI::App& program, Action& chosen);
void add_export_command(CLI::App& program, Action& chosen);
void add_store_command(CLI::App& program, Action& chosen);
void add_manifest_command(CLI::App& program, Action& chosen);
void add_segment_command(CLI::App& program, Action& chosen);
void add_embed_command(CLI::App& program, Action& chosen);
void add_bench_command(CLI::App& program, Action& chosen);
void add_manual_command(CLI::App& program, Action& chosen);

}  // namespace crossfold::cli
