#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "crossfold/figure/scale.h"

namespace crossfold::figure {

/// The hues of Okabe and Ito (2008, Color Universal Design), which colour-blind readers can tell
/// apart; darker or lighter than theirs where marks would have less than 3:1 contrast to the paper.
/// `ink` is for text and outlines, `muted` for what stands back, `grey` for what does not count.
enum class Colour { ink, muted, grid, blue, vermillion, green, purple, orange, sky, grey };
/// Six hues and seven shapes for series, in the order in which they are to be used.
[[nodiscard]] Colour series_colour(std::size_t index);

enum class Shape { circle, square, triangle, diamond, triangle_down, cross, plus };
[[nodiscard]] Shape series_shape(std::size_t index);

enum class Filling { solid, hollow };
enum class Dash { solid, dashed, dotted };
enum class Direction { horizontal, vertical };

/// A place in the units of the panel's axes; of a category scale, the index (0, 1, ...).
struct XY {
  double x = 0;
  double y = 0;
};

// Marks. Sizes and widths are in pixels, everything else in the units of the axes. What lies
// outside the scales is cut at the panel's edge. `series` is a name for scripts and readers.

struct Points {
  std::string series = {};
  std::vector<XY> at = {};
  Shape shape = Shape::circle;
  Filling filling = Filling::solid;
  Colour colour = Colour::blue;
  double size = 5;
  double opacity = 1;
  std::vector<std::string> titles = {};  ///< one each, shown on hover; or none at all
};

/// Polylines drawn alike.
struct Lines {
  std::string series = {};
  std::vector<std::vector<XY>> strands = {};
  Colour colour = Colour::blue;
  double width = 1.5;
  Dash dash = Dash::solid;
  double opacity = 1;
};

/// The area between two curves over x.
struct Band {
  std::string series = {};
  std::vector<double> x = {};
  std::vector<double> low = {};
  std::vector<double> high = {};
  Colour colour = Colour::blue;
  double opacity = 0.2;
};

struct Bar {
  XY low = {};
  XY high = {};
};
struct Bars {
  std::string series = {};
  std::vector<Bar> bars = {};
  Colour colour = Colour::blue;
  double opacity = 1;
};

/// Quartiles with whiskers.
struct Box {
  double at = 0;
  double whisker_low = 0;
  double quartile_low = 0;
  double median = 0;
  double quartile_high = 0;
  double whisker_high = 0;
};
struct Boxes {
  std::string series = {};
  std::vector<Box> boxes = {};
  Direction along = Direction::horizontal;  ///< in which the values run
  double half_width = 0.3;                  ///< across, in units of the other axis
  Colour colour = Colour::ink;
};

struct ErrorBar {
  XY at = {};
  double low = 0;
  double high = 0;
};
struct ErrorBars {
  std::string series = {};
  std::vector<ErrorBar> bars = {};
  Direction along = Direction::horizontal;
  Colour colour = Colour::ink;
  double width = 1.5;
};

/// A line across the whole panel.
struct Rule {
  std::string series = {};
  Direction along = Direction::vertical;  ///< vertical: at an x
  double at = 0;
  Colour colour = Colour::muted;
  Dash dash = Dash::dashed;
  double width = 1.2;
};

/// A heat map: unit squares around whole numbers, on category scales.
struct Cell {
  XY at = {};
  double share = 0;  ///< 0..1: how strong its colour is
  std::string text = {};
};
struct Cells {
  std::string series = {};
  std::vector<Cell> cells = {};
};

/// Labels beside places. One that would overlap an earlier one is put on another side, or left out.
struct Note {
  XY at = {};
  std::string text = {};
};
struct Notes {
  std::vector<Note> notes = {};
  Colour colour = Colour::ink;
};

using Mark = std::variant<Points, Lines, Band, Bars, Boxes, ErrorBars, Rule, Cells, Notes>;

enum class AxisTicks { labelled, hidden };
enum class GridLines { shown, hidden };
struct Axis {
  Scale scale = {};
  std::string label = {};
  AxisTicks ticks = AxisTicks::labelled;
  GridLines grid = GridLines::shown;
};

enum class Aspect { free, square };
/// A panel that shares its x axis with the next one stands right above it, whatever else moves.
enum class Stacking { on_its_own, above_the_next };
struct Panel {
  std::string title = {};
  Axis x = {};
  Axis y = {};                   ///< numbers run upwards, categories downwards
  std::vector<Mark> marks = {};  ///< later ones lie above earlier ones
  double height = 240;           ///< pixels of the plotting area; of a square one, at most
  Aspect aspect = Aspect::free;
  Stacking stacking = Stacking::on_its_own;
};

enum class Swatch { point, line, area };
struct LegendEntry {
  std::string label = {};
  Swatch swatch = Swatch::point;
  Colour colour = Colour::blue;
  Shape shape = Shape::circle;
  Filling filling = Filling::solid;
  Dash dash = Dash::solid;
};

/// What is drawn, as numbers: for "show as table" and CSV.
struct Table {
  std::vector<std::string> columns = {};
  std::vector<std::vector<std::string>> rows = {};  ///< each as long as `columns`
};

/// A picture before it has a format. Names in it may hold anything: the writers escape them.
struct Figure {
  std::string id = {};           ///< "roc": a word, also on the command line
  std::string title = {};        ///< a line
  std::string caption = {};      ///< what is shown and how it was computed
  std::string how_to_read = {};  ///< one sentence
  std::string n = {};            ///< "150 fits of 3 candidates"
  Table table = {};
  std::optional<Table> summary = {};  ///< where `table` has more rows than a reader of a page wants
  std::vector<Panel> panels = {};
  std::size_t panel_columns = 1;  ///< panels beside one another
  std::vector<LegendEntry> legend = {};
  double width = 720;  ///< pixels
};

}  // namespace crossfold::figure
