#pragma once

#include <string>
#include <string_view>

#include "crossfold/store/store.h"

namespace crossfold {

/// What open_store returns, as bytes for another process of the same build.
[[nodiscard]] std::string pack_store(const StoreContents& contents);

/// The way back; Error{internal} when the bytes are not what pack_store made.
[[nodiscard]] StoreContents unpack_store(std::string_view bytes);

}  // namespace crossfold
