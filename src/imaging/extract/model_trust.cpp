#include "crossfold/imaging/model_trust.h"

#include <algorithm>
#include <system_error>

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

bool lies_below(const fs::path& file, const fs::path& folder) {
  std::error_code ignored;
  const fs::path inside = fs::weakly_canonical(file, ignored);
  const fs::path above = fs::weakly_canonical(fs::absolute(folder), ignored);
  return std::mismatch(above.begin(), above.end(), inside.begin(), inside.end()).first ==
         above.end();
}

}  // namespace

void require_trust(const fs::path& model, const ModelTrust& trust) {
  CF_VALIDATE(trust.all == ModelTrust::All::trusted || lies_below(model, trust.folder),
              ErrorCode::usage,
              fmt::format("a TorchScript file outside of {} (loading one runs the code in it). say "
                          "--trust if you know where it is from",
                          fs::absolute(trust.folder).lexically_normal().string()),
              model.string());
}

}  // namespace crossfold
