#pragma once

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "crossfold/core/validation_errors.h"
#include "crossfold/samples/experiment_samples.h"

namespace crossfold::testing {

/// An experiment on a table whose attributes a test adds.
class AttributeTable : public ::testing::Test {
 protected:
  /// Two samples of each of two classes in the pool, one more out of sample.
  AttributeTable() {
    table_.role.levels = role_levels();
    for (const char* class_label : {"normal", "covid19", "normal", "covid19", "covid19"}) {
      table_.id.push_back("s" + std::to_string(table_.size()));
      table_.group.push_back(table_.id.back());
      table_.class_label.append(class_label);
      table_.domain.append(table_.size() % 4 < 2 ? "rsna" : "cohen");
      table_.role.append(table_.size() == 5 ? "oos" : "in");
    }
  }

  void add_names(const std::string& name, const std::vector<std::string>& values) {
    CodedColumn column;
    for (const std::string& value : values) column.append(value);
    table_.attributes.push_back({.name = name, .values = std::move(column)});
  }
  void add_numbers(const std::string& name, std::vector<double> values) {
    table_.attributes.push_back({.name = name, .values = std::move(values)});
  }

  /// Of the experiment as it is now; what is wrong with it goes to errors_.
  ExperimentSamples select() {
    errors_ = {};
    return select_samples(table_, experiment_, {}, "/experiments/0", errors_);
  }

  SampleTable table_;
  Experiment experiment_;
  ValidationErrors errors_;
};

}  // namespace crossfold::testing
