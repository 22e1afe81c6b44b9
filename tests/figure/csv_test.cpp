#include "crossfold/figure/csv.h"

#include <gtest/gtest.h>

namespace crossfold::figure {
namespace {

TEST(FigureCsv, IsTheTableOfTheFigure) {
  Figure figure;
  figure.table = {{"name", "auc"}, {{"a, \"b\"", "0.5"}, {"c", ""}}};
  EXPECT_EQ(csv(figure), "name,auc\n\"a, \"\"b\"\"\",0.5\nc,\n");
}

}  // namespace
}  // namespace crossfold::figure
