// Puts the table of fits, their scatter plot and what chooses among them into the page.

/** What a colour may stand for. */
const kSeriesColumns = ["candidate", "embedding", "experiment", "source", "state"];

/**
 * @param {Fits} fits
 * @param {string} key
 * @returns {Column | undefined}
 */
function columnCalled(fits, key) {
  return fits.columns.find(column => column.key === key);
}

class FitExplorer {
  /**
   * @param {Fits} fits
   * @param {HTMLElement} place
   */
  constructor(fits, place) {
    this.fits = fits;
    /** @type {Record<string, ((row: number) => boolean)[]>} by what asks for them */
    this.tests = {};
    /** @type {((row: number) => boolean) | null} */
    this.brushed = null;
    /** @type {Sorting | null} */
    this.sorting = null;
    /** Levels of the candidates. @type {Set<number>} */
    this.picked = new Set();
    this.showSeries = () => {};
    /** Those that all but the brush leave. */
    this.rows = new Uint32Array(0);
    this.spoken = element("div", {class: "fit-spoken", role: "status", "aria-live": "polite"});
    this.count = element("p", {class: "fit-count", role: "status"});
    this.table = new FitTable(fits, {
      sort: sorting => { this.sorting = sorting; this.showRows(); },
      filter: (column, text) => this.filterColumn(column, text),
      point: row => { this.say(row); this.scatter?.highlight(this.isPlotted(row) ? row : null); },
    });
    place.classList.add("fit-explorer");
    const controls = element("div", {class: "fit-controls"}, this.makeSearch(), ...this.makePicker());
    place.append(controls);
    this.addScatter(place);
    const clear = button("Show all fits", () => this.clear());
    place.append(element("div", {class: "fit-controls"}, this.count, clear),
      element("p", {class: "fit-help", id: "fit-grid-help"},
        "Arrow keys go from cell to cell, Page Up and Page Down by pages, Home and End to the first "
        + "and last column, with Control to the first and last row. Column filters take a part of a "
        + "name, or a number, a comparison (> 0.8), a range (0.7..0.9) or none."),
      this.table.grid, this.spoken);
    this.update();
  }

  makeSearch() {
    this.search = element("input", {type: "search", autocomplete: "off", spellcheck: "false"});
    const search = this.search;
    search.addEventListener("input", () => {
      this.tests.words = wordTests(this.fits, search.value);
      this.update();
    });
    return labelled("Search names and ids", search);
  }

  /** @returns {HTMLElement[]} */
  makePicker() {
    const column = columnCalled(this.fits, "candidate");
    if (!column) return [];
    const picker = element("select", {multiple: "", size: "5"});
    this.picker = picker;
    column.levels.forEach((level, i) =>
      picker.append(element("option", {value: String(i), dir: "auto"}, level)));
    picker.addEventListener("change", () => {
      this.picked = new Set(Array.from(picker.selectedOptions, option => Number(option.value)));
      const {picked} = this;
      this.tests.candidates = picked.size ? [row => picked.has(column.values[row])] : [];
      this.showSeries();
      this.update();
    });
    const label = labelled("Candidates (several with Control; none: all)", picker);
    label.classList.add("fit-picker");
    return [label];
  }

  /** @param {HTMLElement} place */
  addScatter(place) {
    const numeric = this.fits.columns.filter(column => column.kind !== "name");
    if (numeric.length < 2) return;
    const chosen = (/** @type {string[]} */ keys, /** @type {Column[]} */ others) =>
      keys.map(key => columnCalled(this.fits, key)).find(column => column !== undefined) ?? others[0];
    let y = chosen(["oos_auc", "task_auc", "auc"], numeric);
    let x = chosen(["domain_auc", "class_auc", "task_auc", "acc"], numeric);
    if (x === y) x = numeric.find(column => column !== y) ?? x;
    const scatter = new FitScatter(this.fits, {
      brush: brush => { this.brushed = brush; this.showRows(); },
      point: row => this.say(row),
      choose: row => { this.table.goTo(row); this.table.grid.focus(); },
    });
    this.scatter = scatter;
    const options = numeric.map(column => ({value: column.key, text: column.label}));
    const axis = (/** @type {string} */ key) => /** @type {Column} */ (columnCalled(this.fits, key));
    const keys = element("ul", {class: "fit-keys", "aria-label": "Colours and shapes"});
    place.append(
      element("div", {class: "fit-controls"},
        labelled("Across", choice(options, x.key, key => { x = axis(key); scatter.setAxes(x, y); })),
        labelled("Up", choice(options, y.key, key => { y = axis(key); scatter.setAxes(x, y); })),
        labelled("Colour and shape", this.makeSeriesChoice(scatter, keys)),
        this.makeDragChoice(scatter),
        button("Zoom in", () => scatter.zoom(1.5)), button("Zoom out", () => scatter.zoom(1 / 1.5)),
        button("All in sight", () => scatter.reset()),
        button("Clear selection", () => scatter.clearBrush())),
      keys, scatter.box,
      element("p", {class: "fit-help", id: "fit-plot-help"},
        "Every fit with both values is a point. Arrow keys go from point to point along an axis, "
        + "with Shift they move the view; + and \u2212 zoom, 0 shows all, Enter shows the fit in the "
        + "table, Escape clears the selection. A rectangle drawn with the pointer selects fits."));
    scatter.setAxes(x, y);
  }

  /**
   * @param {FitScatter} scatter
   * @param {HTMLElement} keys
   */
  makeSeriesChoice(scatter, keys) {
    const columns = kSeriesColumns.map(key => columnCalled(this.fits, key))
      .filter(column => column !== undefined);
    const first = /** @type {Column} */ (
      columns.find(column => column && column.levels.length > 1) ?? columns[0]);
    const made = choice(columns.map(column => ({
      value: /** @type {Column} */ (column).key, text: /** @type {Column} */ (column).label,
    })), first.key, () => this.showSeries());
    this.showSeries = () => {
      const column = /** @type {Column} */ (columnCalled(this.fits, made.value));
      const picked = column.key === "candidate" ? this.picked : new Set();
      showSeries(this.fits, column, picked, scatter, keys);
    };
    this.showSeries();
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.showSeries());
    return made;
  }

  /** @param {FitScatter} scatter */
  makeDragChoice(scatter) {
    const radio = (/** @type {"select" | "move"} */ value, /** @type {string} */ text) => {
      const input = element("input", {type: "radio", name: "fit-drag", value});
      input.checked = scatter.dragging === value;
      input.addEventListener("change", () => { scatter.dragging = value; });
      return element("label", {}, input, text);
    };
    return element("fieldset", {}, element("legend", {}, "Dragging"), radio("select", "selects"),
      radio("move", "moves the view"));
  }

  /**
   * @param {number} column
   * @param {string} text
   * @returns {string} what is wrong with it
   */
  filterColumn(column, text) {
    const test = text.trim() === "" ? null : columnTest(this.fits.columns[column], text);
    const problem = test && "problem" in test ? test.problem : "";
    this.tests[`column ${column}`] = test && "holds" in test ? [test.holds] : [];
    this.update();
    return problem;
  }

  clear() {
    this.tests = {};
    if (this.search) this.search.value = "";
    for (const option of this.picker?.options ?? []) option.selected = false;
    this.picked = new Set();
    this.showSeries();
    this.table.clearFilters();
    this.brushed = null;
    this.scatter?.clearBrush();
    this.update();
  }

  update() {
    this.rows = timed("filter", () => rowsThatHold(this.fits.rows, Object.values(this.tests).flat()));
    this.scatter?.setRows(this.rows.filter(row => this.isPlotted(row)));
    this.showRows();
  }

  showRows() {
    const {brushed, sorting} = this;
    const rows = brushed ? this.rows.filter(row => brushed(row)) : this.rows.slice();
    timed("sort", () => sortRows(this.fits, rows, sorting));
    this.table.setRows(rows);
    const number = (/** @type {number} */ n) => n.toLocaleString("en");
    this.count.textContent = rows.length === this.fits.rows
      ? `All ${number(this.fits.rows)} fits`
      : `${number(rows.length)} of ${number(this.fits.rows)} fits`;
  }

  /** @param {number} row */
  isPlotted(row) {
    const scatter = this.scatter;
    return scatter !== undefined && !Number.isNaN(scatter.x.at[row]) && !Number.isNaN(scatter.y.at[row]);
  }

  /** @param {number} row */
  say(row) {
    this.spoken.textContent =
      describe(this.fits, row).map(({label, text}) => `${label} ${text}`).join(", ");
  }
}

/**
 * The picked names and then the most frequent get a colour and a shape each, the others share the
 * last.
 * @param {Fits} fits
 * @param {Column} column
 * @param {Set<number>} picked levels
 * @param {FitScatter} scatter
 * @param {HTMLElement} keys
 */
function showSeries(fits, column, picked, scatter, keys) {
  const last = kShapes.length - 1;
  const counts = new Array(column.levels.length).fill(0);
  for (const value of column.values) if (value !== kNone) ++counts[value];
  const order = Array.from(counts.keys()).sort((a, b) =>
    Number(picked.has(b)) - Number(picked.has(a)) || counts[b] - counts[a] || a - b);
  const places = new Uint8Array(counts.length).fill(last);
  order.slice(0, last).forEach((level, place) => { places[level] = place; });
  const series = new Uint8Array(fits.rows);
  for (let row = 0; row < fits.rows; ++row)
    series[row] = column.values[row] === kNone ? last : places[column.values[row]];
  scatter.setSeries(series);
  const entries = order.slice(0, last).map((level, place) =>
    element("li", {}, sample(place, scatter), isolated(column.levels[level])));
  if (order.length > last)
    entries.push(element("li", {}, sample(last, scatter), `${order.length - last} others`));
  keys.replaceChildren(...entries);
}

/**
 * @param {number} place
 * @param {FitScatter} scatter
 */
function sample(place, scatter) {
  const canvas = element("canvas", {width: "13", height: "13", "aria-hidden": "true"});
  const raster = new Raster(13, 13);
  const colours = scatter.colours();
  raster.clear(pixelOf(colours.paper));
  for (const {dx, dy} of offsetsOf(kShapes[place], 5))
    raster.pixels[(6 + dy) * 13 + 6 + dx] = pixelOf(colours.series[place]);
  canvas.getContext("2d")?.putImageData(raster.image, 0, 0);
  return canvas;
}

async function startExplorer() {
  const place = document.getElementById("fit-explorer");
  const data = document.getElementById("fit-data");
  const without = document.querySelector(".without-scripts");
  if (!place || !data || !without) return;
  try {
    const fits = fitsOf(await inflated(data.textContent ?? ""));
    data.remove();
    if (fits.rows > 0) new FitExplorer(fits, place);
    without.classList.add("fit-printed");
    performance.mark("crossfold ready");
    document.documentElement.dataset.fits = "ready";
  } catch (error) {
    place.textContent = `The fits cannot be shown: ${error instanceof Error ? error.message : error}.`;
    document.documentElement.dataset.fits = "failed";
  }
}

startExplorer();
