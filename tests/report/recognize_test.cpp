// Which files `report --out` may write over: earlier reports of the same study, nothing else.

#include <string>

#include <gtest/gtest.h>

#include "crossfold/report/render.h"

#include "report/run_builder.h"

namespace crossfold {
namespace {

constexpr ReportFormat kFormats[] = {ReportFormat::text, ReportFormat::markdown,
                                     ReportFormat::latex, ReportFormat::csv, ReportFormat::json};

Report report_called(const std::string& name, std::size_t done) {
  Report report;
  report.name = name;
  report.fits = {.expected = 48, .done = done, .failed = 0, .missing = 48 - done};
  report.complete = done == 48;
  return report;
}

TEST(EarlierReport, IsOneOfTheSameStudyAtAnyStage) {
  for (const char* name : {"u-table2", "50% of R&D_1", "all 3 fits done", "*"})
    for (const ReportFormat format : kFormats)
      for (const std::size_t before : {0U, 7U, 48U})
        EXPECT_TRUE(is_earlier_report(render_report(report_called(name, before), format),
                                      render_report(report_called(name, 48), format), format))
            << name << before << static_cast<int>(format);
}

TEST(EarlierReport, OfALongNameIsKnownThoughItIsBroken) {
  const std::string name = "a name of many words " + std::string(60, 'x') + " that goes on and on";
  EXPECT_TRUE(is_earlier_report(render_text(report_called(name, 7), {}),
                                render_text(report_called(name, 48), {}), ReportFormat::text));
}

TEST(EarlierReport, IsNotThatOfAnotherStudy) {
  for (const ReportFormat format : kFormats) {
    if (format == ReportFormat::csv) continue;  // it does not say whose it is
    EXPECT_FALSE(is_earlier_report(render_report(report_called("other", 48), format),
                                   render_report(report_called("mine", 48), format), format));
  }
}

TEST(EarlierReport, IsNotAUsersFile) {
  for (const ReportFormat format : kFormats) {
    const std::string rendered = render_report(report_called("mine", 48), format);
    for (const char* text : {"", "mine", "mine: my thoughts", "# mine\n\nWhat I found", "% mine\n",
                             "id,label\n1,2\n", "{}", "{\"name\": \"mine\"}", "[1]", "\xFF\x00"})
      EXPECT_FALSE(is_earlier_report(text, rendered, format)) << text;
  }
}

}  // namespace
}  // namespace crossfold
