#pragma once

#include <sstream>
#include <type_traits>

namespace crossfold {

/// What an optimiser of LibTorch keeps of one parameter, to be read or set; empty before its first
/// step. The one place that knows how versions differ: the address of the parameter's
/// implementation is the key, written out as text in LibTorch 1.x, as it is in 2.x.
template <class Optimizer, class Tensor>
auto& state_of(Optimizer& optimizer, const Tensor& parameter) {
  auto& states = optimizer.state();
  using Key = typename std::remove_reference_t<decltype(states)>::key_type;
  auto* const address = parameter.unsafeGetTensorImpl();
  if constexpr (std::is_pointer_v<Key>) {
    return states[address];
  } else {
    std::ostringstream text;
    text << address;
    return states[text.str()];
  }
}

}  // namespace crossfold
