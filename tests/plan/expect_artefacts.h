#pragma once

#include <cmath>

#include <gtest/gtest.h>

#include "plan/sample_result.h"

namespace crossfold::testing {

/// Those of full_result(), every array of them.
inline void expect_full_artefacts(const Artefacts& read) {
  const Artefacts original = full_result().artefacts;
  EXPECT_EQ(read.held_out->rows, original.held_out->rows);
  EXPECT_EQ(read.held_out->classes, 3U);
  EXPECT_EQ(read.held_out->probabilities, original.held_out->probabilities);
  EXPECT_FALSE(read.oos.has_value());
  EXPECT_EQ(read.curves->train_class_loss, original.curves->train_class_loss);
  EXPECT_TRUE(std::isnan(read.curves->validation_loss[1]));
  EXPECT_EQ(read.curves->learning_rate, original.curves->learning_rate);
  EXPECT_TRUE(read.curves->lambda.empty());
  EXPECT_EQ(read.features->rows, original.features->rows);
  EXPECT_EQ(read.features->values, original.features->values);
  EXPECT_EQ(read.features->dim, 2U);
}

}  // namespace crossfold::testing
