#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "crossfold/figure/figure.h"
#include "crossfold/report/render.h"
#include "crossfold/report/report.h"
#include "crossfold/results/run_records.h"

namespace crossfold {

/// The report as one HTML page that asks for no other file: every table that the text has, the
/// figures in their order, and all fits that were to be trained, for a table and a scatter plot
/// that scripts add. `report` is made of `records`. Equal fits make equal bytes. Scores of single
/// fits have two digits more than `options.digits`, at most six. Error{usage} when `options.digits`
/// is out of range.
[[nodiscard]] std::string render_page(const RunRecords& records, const Report& report,
                                      const std::vector<figure::Figure>& figures,
                                      const RenderOptions& options = {});

/// Whether `text` is a page of the study that `rendered` is of.
[[nodiscard]] bool is_earlier_page(std::string_view text, std::string_view rendered);

}  // namespace crossfold
