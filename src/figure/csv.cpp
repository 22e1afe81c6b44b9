#include "crossfold/figure/csv.h"

#include "crossfold/core/csv.h"

namespace crossfold::figure {

std::string csv(const Figure& figure) {
  std::string text = csv_line(figure.table.columns);
  for (const std::vector<std::string>& row : figure.table.rows) text += csv_line(row);
  return text;
}

}  // namespace crossfold::figure
