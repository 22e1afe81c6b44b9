#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "report/golden_cases.h"

namespace crossfold {
namespace {

namespace fs = std::filesystem;

std::string contents(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// CROSSFOLD_UPDATE_GOLDEN=1 writes the expected output anew; look at the difference before you
/// commit it.
bool updating() {
  const char* value = std::getenv("CROSSFOLD_UPDATE_GOLDEN");
  return value != nullptr && std::string(value) == "1";
}

struct Format {
  ReportFormat format;
  const char* extension;
};

class Golden : public ::testing::TestWithParam<Format> {};

TEST_P(Golden, OutputIsAsRecorded) {
  for (const testing::GoldenCase& of : testing::golden_cases()) {
    const Report report = build_report(of.records, of.options);
    const std::string text = render_report(report, GetParam().format);
    const fs::path path = fs::path(CROSSFOLD_TEST_DATA) / "golden" / of.name /
                          (std::string("report.") + GetParam().extension);
    if (updating()) {
      fs::create_directories(path.parent_path());
      std::ofstream(path, std::ios::binary) << text;
    }
    EXPECT_EQ(text, contents(path)) << path;
  }
}

INSTANTIATE_TEST_SUITE_P(Report, Golden,
                         ::testing::Values(Format{ReportFormat::text, "txt"},
                                           Format{ReportFormat::markdown, "md"},
                                           Format{ReportFormat::latex, "tex"},
                                           Format{ReportFormat::csv, "csv"},
                                           Format{ReportFormat::json, "json"}),
                         [](const auto& suite) { return std::string(suite.param.extension); });

}  // namespace
}  // namespace crossfold
