#include "report_figure.h"

#include <algorithm>

#include <fmt/format.h>

#include "crossfold/core/error.h"
#include "crossfold/core/files.h"
#include "crossfold/core/standard_output.h"
#include "crossfold/figure/csv.h"
#include "crossfold/figure/pdf.h"
#include "crossfold/figure/svg.h"

namespace crossfold::cli {
namespace {

constexpr const char* kList = "list";

std::string figure_lines(const std::vector<FigureEntry>& entries) {
  std::size_t width = 0;
  for (const FigureEntry& entry : entries) width = std::max(width, entry.id.size());
  std::string lines;
  for (const FigureEntry& entry : entries)
    lines += fmt::format("{:{}}  {}{}\n", entry.id, width,
                         entry.why_not.empty() ? entry.title : "not there: " + entry.why_not,
                         entry.why_not.empty() && !entry.is_for_page() ? " (not in the page)" : "");
  return lines;
}

}  // namespace

void check_figure_file(const std::string& name, const std::optional<std::filesystem::path>& file) {
  if (name == kList) {
    CF_VALIDATE(!file, ErrorCode::usage,
                "is for a figure (the list goes to standard output). leave it out", "--out");
    return;
  }
  CF_VALIDATE(file, ErrorCode::usage,
              "needs a file (its ending says the format). add -o FILE.svg, FILE.pdf or FILE.csv",
              "--figure");
  const std::string ending = file->extension().string();
  CF_VALIDATE(ending == ".svg" || ending == ".pdf" || ending == ".csv", ErrorCode::usage,
              fmt::format("'{}' has no ending that says a format (a figure is svg, pdf or csv). "
                          "choose one of them",
                          file->string()),
              "--out");
  require_new_files({*file});
}

void write_figure(const FigureSource& source, const std::string& name,
                  const std::optional<std::filesystem::path>& file) {
  if (name == kList) {
    write_output(figure_lines(figure_list(source)));
    return;
  }
  const figure::Figure made = make_figure(source, name);
  const std::string ending = file->extension().string();
  write_new_file(*file, ending == ".svg"   ? figure::svg(made)
                        : ending == ".pdf" ? figure::pdf(made)
                                           : figure::csv(made));
}

}  // namespace crossfold::cli
