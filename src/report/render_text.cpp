#include <algorithm>

#include "layout.h"
#include "sample_counts.h"
#include "text_table.h"

namespace crossfold {
namespace {

constexpr const char* kGap = "  ";

std::string legend(const std::vector<Explanation>& entries) {
  std::size_t width = 0;
  for (const Explanation& entry : entries) width = std::max(width, width_of(entry.term));
  std::string out = "How to read this\n";
  for (const Explanation& entry : entries) {
    const std::string head = kGap + padded(entry.term, width, ColumnKind::label) + kGap;
    out += wrapped(head, entry.meaning, width_of(head));
  }
  return out;
}

std::string text_of(const PrintedTable& table) {
  std::string out = wrapped("", printable(table.title), 2);
  out += wrapped(kGap, printable(table.caption), 2) + '\n' + text_grid(table);
  for (const std::string& footnote : table.footnotes) out += wrapped(kGap, printable(footnote), 4);
  return out;
}

}  // namespace

std::string render_sample_counts(const SampleTable& samples) {
  std::string out;
  for (const Role role : {Role::in, Role::oos})
    if (const std::optional<SampleCounts> counts = count_samples(samples, role))
      out += (out.empty() ? "" : "\n") + text_of(sample_table(*counts, {}));
  return out;
}

std::string render_text(const Report& report, const RenderOptions& options) {
  const NumberStyle style{.digits = options.digits,
                          .plus_minus = options.plus_minus == PlusMinus::unicode ? "±" : "+-"};
  const PrintedReport printed = lay_out(report, options, style);
  std::string out = wrapped("", printable(printed.title) + ": " + printed.status, 2);
  for (const PrintedTable& table : printed.tables) out += '\n' + text_of(table);
  out += '\n' + legend(printed.legend);
  if (!printed.notes.empty()) out += "\nNotes\n";
  for (const std::string& note : printed.notes) out += wrapped(kGap, printable(note), 4);
  return out;
}

}  // namespace crossfold
