#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "crossfold/figure/figure.h"

#include "layout.h"

namespace crossfold::page {

/// A heading of the page that its table of contents leads to.
struct ContentsEntry {
  std::string id;
  std::string title;
};

/// A table of the report: heading, caption, rows with their names as row headings, footnotes.
[[nodiscard]] std::string table_section(const PrintedTable& table, const std::string& id);

/// A figure: legend, panels, caption, n, how to read it, and its numbers, or their summary, behind
/// "show as table". `id` is that of its heading, made of letters, digits and '-'.
[[nodiscard]] std::string figure_section(const figure::Figure& figure, const std::string& id);

/// A list with a heading; nothing for an empty list. `sentences` are plain words.
[[nodiscard]] std::string list_section(const std::string& id, const std::string& title,
                                       const std::vector<std::string>& sentences);

/// What the terms mean.
[[nodiscard]] std::string legend_section(const std::string& id,
                                         const std::vector<Explanation>& legend);

/// Where scripts build the table of fits and their scatter plot, and what stands there without.
[[nodiscard]] std::string fits_section(const std::string& id, std::size_t fits);

}  // namespace crossfold::page
