#include "optimizer_state.h"

#include <map>
#include <memory>
#include <sstream>
#include <string>

#include <gtest/gtest.h>

namespace crossfold {
namespace {

struct Implementation {};

struct Parameter {
  [[nodiscard]] Implementation* unsafeGetTensorImpl() const { return implementation; }
  Implementation* implementation;
};

/// The part of LibTorch's optimisers that matters here, with the keys of one of its versions.
template <class Key>
struct Optimizer {
  std::map<Key, std::unique_ptr<int>>& state() { return states; }
  std::map<Key, std::unique_ptr<int>> states;
};

/// As c10::guts::to_string wrote an address for LibTorch 1.x.
std::string text_of(const void* address) {
  std::ostringstream text;
  text << address;
  return text.str();
}

TEST(OptimizerState, IsFoundByAddressAsTextInLibTorch1) {
  Implementation one;
  Implementation two;
  Optimizer<std::string> optimizer;
  optimizer.states[text_of(&one)] = std::make_unique<int>(1);
  EXPECT_EQ(*state_of(optimizer, Parameter{&one}), 1);
  EXPECT_EQ(state_of(optimizer, Parameter{&two}), nullptr);
  state_of(optimizer, Parameter{&two}) = std::make_unique<int>(2);
  EXPECT_EQ(*optimizer.states.at(text_of(&two)), 2);
}

TEST(OptimizerState, IsFoundByAddressInLibTorch2) {
  Implementation one;
  Implementation two;
  Optimizer<void*> optimizer;
  optimizer.states[&one] = std::make_unique<int>(1);
  EXPECT_EQ(*state_of(optimizer, Parameter{&one}), 1);
  EXPECT_EQ(state_of(optimizer, Parameter{&two}), nullptr);
  state_of(optimizer, Parameter{&two}) = std::make_unique<int>(2);
  EXPECT_EQ(*optimizer.states.at(&two), 2);
}

}  // namespace
}  // namespace crossfold
