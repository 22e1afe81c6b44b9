#include "crossfold/samples/sample_warnings.h"

#include <algorithm>
#include <limits>

#include <gmock/gmock.h>

namespace crossfold {
namespace {

/// Two samples of each patient, with an attribute.
SampleTable pairs_with(const std::string& title,
                       std::variant<std::vector<double>, CodedColumn> values) {
  SampleTable samples;
  const std::size_t count = std::visit(
      [](const auto& column) {
        if constexpr (requires { column.codes; })
          return column.codes.size();
        else
          return column.size();
      },
      values);
  for (std::size_t i = 0; i < count; ++i) {
    samples.id.push_back("s" + std::to_string(i));
    samples.group.push_back("p" + std::to_string(i / 2));
  }
  samples.attributes = {{title, std::move(values)}};
  return samples;
}

CodedColumn names(const std::vector<std::string>& values) {
  CodedColumn column;
  for (const std::string& value : values) column.append(value);
  return column;
}

std::string warning(const std::string& title, const std::vector<std::string>& values) {
  return patients_of_both_sexes(pairs_with(title, names(values))).value_or("");
}

std::string warning(const std::vector<double>& codes) {
  return patients_of_both_sexes(pairs_with("sex", codes)).value_or("");
}

TEST(PatientsOfBothSexes, AreNamedWithCounts) {
  EXPECT_EQ(warning("sex", {"M", "F", "F", "F"}),
            "group: 1 patient has both sexes by 'sex' (one id for several people, perhaps): 'p0' "
            "(1 and 1 samples)");
  EXPECT_EQ(
      warning("Patient Gender", {"male", "Female", "woman", "man", "M", "w", "m", "f", "F", "F"}),
      "group: 4 patients have both sexes by 'Patient Gender' (one id for several people, "
      "perhaps): 'p0' (1 and 1 samples), 'p1' (1 and 1 samples), 'p2' (1 and 1 samples) and "
      "1 more");
  SampleTable one = pairs_with("sex", names({"M", "F", "F", "F", "M", "O"}));
  one.group.assign(6, "anonymous");
  EXPECT_EQ(patients_of_both_sexes(one),
            "group: 1 patient has both sexes by 'sex' (one id for several people, perhaps): "
            "'anonymous' (2 and 3 samples)");
  EXPECT_THAT(sample_warnings(one), ::testing::Contains(*patients_of_both_sexes(one)));
}

TEST(PatientsOfBothSexes, AreKnownByCodes) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_NE(warning({0, 1, 0, 0}), "");
  EXPECT_NE(warning({1, 2, 2, 2}), "");
  EXPECT_EQ(warning({0, 1, 2, 2, 9, 1}), "") << "0 is unknown beside 2";
  EXPECT_EQ(warning({0, 0, 1, 1, 1, nan}), "");
  EXPECT_EQ(warning({1, 3, 2, 1}), "") << "no codes of sexes";
}

TEST(PatientsOfBothSexes, AreFoundInAnyOfSeveralAttributes) {
  SampleTable samples = pairs_with("sex", names({"M", "M", "F", "F"}));
  samples.attributes.push_back({"view", names({"M", "F", "M", "F"})});
  samples.attributes.push_back({"PatientGender", names({"M", "M", "F", "M"})});
  for (int order = 0; order < 3; ++order) {
    EXPECT_EQ(patients_of_both_sexes(samples),
              "group: 1 patient has both sexes by 'PatientGender' (one id for several people, "
              "perhaps): 'p1' (1 and 1 samples)");
    std::rotate(samples.attributes.begin(), samples.attributes.begin() + 1,
                samples.attributes.end());
  }
}

TEST(PatientsOfBothSexes, AreNotWhereNothingSaysSo) {
  EXPECT_EQ(warning("sex", {"M", "M", "F", "F"}), "");
  EXPECT_EQ(warning("sex", {"M", "", "F", "unknown", "M", "O"}), "");
  EXPECT_EQ(warning("view", {"M", "F"}), "");
  EXPECT_EQ(warning("sexual_history", {"M", "F"}), "");
  EXPECT_EQ(patients_of_both_sexes({}), std::nullopt);
}

}  // namespace
}  // namespace crossfold
