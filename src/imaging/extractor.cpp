#include "crossfold/imaging/extractor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "crossfold/core/error.h"
#include "crossfold/imaging/texture_extractor.h"

namespace crossfold {

std::vector<std::string> extractor_names() { return {"texture"}; }

std::unique_ptr<const Extractor> make_extractor(std::string_view name) {
  if (name == "texture") return std::make_unique<TextureExtractor>();
  throw Error(ErrorCode::bad_input,
              fmt::format("unknown extractor '{}' (known: {}). choose among these", name,
                          fmt::join(extractor_names(), ", ")));
}

}  // namespace crossfold
