#include "crossfold/report/render.h"

#include <fmt/format.h>

#include "crossfold/core/error.h"

namespace crossfold {

std::string render_report(const Report& report, ReportFormat format, const RenderOptions& options) {
  constexpr int kMaxDigits = 15;  // all that a double holds for certain
  CF_EXPECT(format != ReportFormat::html);
  CF_VALIDATE(options.digits >= 0 && options.digits <= kMaxDigits, ErrorCode::usage,
              fmt::format("{} digits cannot be printed (a number has 0 to {} behind its point). "
                          "give a number from 0 to {}",
                          options.digits, kMaxDigits, kMaxDigits));
  switch (format) {
    case ReportFormat::text:
      return render_text(report, options);
    case ReportFormat::markdown:
      return render_markdown(report, options);
    case ReportFormat::latex:
      return render_latex(report, options);
    case ReportFormat::csv:
      return render_csv(report);
    case ReportFormat::json:
      return render_json(report);
    case ReportFormat::html:
      break;
  }
  return {};
}

}  // namespace crossfold
