#pragma once

#include <filesystem>
#include <string_view>

namespace crossfold {

/// How a TorchScript model is named: "torchscript:FILE", with FILE.json beside it.
inline constexpr std::string_view kTorchScriptModel = "torchscript:";

/// Which TorchScript files may be loaded: loading one runs the code in it.
struct ModelTrust {
  std::filesystem::path folder = ".";  ///< those below it, the user's own
  enum class All { below_folder, trusted } all = All::below_folder;
};

/// Error{usage} for a TorchScript file that is not trusted.
void require_trust(const std::filesystem::path& model, const ModelTrust& trust);

}  // namespace crossfold
