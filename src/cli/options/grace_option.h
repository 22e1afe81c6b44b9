#pragma once

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "number_option.h"

namespace crossfold::cli {

/// --grace: how long before Slurm ends a job the run is told to stop.
inline CLI::Option* add_grace_option(CLI::App& command, std::uint32_t& seconds,
                                     const std::string& help) {
  return add_number(command, "--grace", seconds, NumberBounds{1, 65'535}, help)
      ->type_name("SECONDS")
      ->capture_default_str();
}

}  // namespace crossfold::cli
