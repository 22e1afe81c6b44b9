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

inline void expect_same(const Predictions& found, const Predictions& expected) {
  EXPECT_EQ(found.rows, expected.rows);
  EXPECT_EQ(found.classes, expected.classes);
  EXPECT_EQ(found.probabilities, expected.probabilities);
}

/// Those of unlike_artefacts(), each array in its place.
inline void expect_unlike_artefacts(const Artefacts& read) {
  const Artefacts expected = unlike_artefacts();
  expect_same(read.held_out.value(), expected.held_out.value());
  expect_same(read.oos.value(), expected.oos.value());
  const Curves& curves = read.curves.value();
  EXPECT_EQ(curves.train_class_loss, expected.curves->train_class_loss);
  EXPECT_EQ(curves.train_domain_loss, expected.curves->train_domain_loss);
  EXPECT_EQ(curves.validation_loss, expected.curves->validation_loss);
  EXPECT_EQ(curves.learning_rate, expected.curves->learning_rate);
  EXPECT_EQ(curves.lambda, expected.curves->lambda);
  EXPECT_EQ(read.features.value().rows, expected.features->rows);
  EXPECT_EQ(read.features.value().dim, expected.features->dim);
  EXPECT_EQ(read.features.value().values, expected.features->values);
}

}  // namespace crossfold::testing
