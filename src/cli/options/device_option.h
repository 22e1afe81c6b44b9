#pragma once

#include <string>

#include "crossfold/study/worker_setup.h"

#include "choice_option.h"

namespace crossfold::cli {

/// --device auto|cpu|cuda. `target` may be a DeviceChoice or an optional of it.
template <class Target>
CLI::Option* add_device_option(CLI::App& command, Target& target, const std::string& help) {
  return add_choice<DeviceChoice>(
      command, "--device", target,
      {{"auto", DeviceChoice::automatic}, {"cpu", DeviceChoice::cpu}, {"cuda", DeviceChoice::cuda}},
      help);
}

}  // namespace crossfold::cli
