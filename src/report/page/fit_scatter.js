// The scatter plot of fits: two columns against each other, a third as colour and shape.

/** @typedef {{x0: number, x1: number, y0: number, y1: number}} View */
/** @typedef {{x0: number, x1: number, y0: number, y1: number}} Brush in units of the axes */

/**
 * @typedef {object} ScatterHandlers
 * @property {(brush: ((row: number) => boolean) | null) => void} brush
 * @property {(row: number) => void} point the fit that a reader is at
 * @property {(row: number) => void} choose the fit that is to be shown in the table
 */

const kMargin = {left: 62, right: 14, top: 12, bottom: 48};
const kSeriesColours = ["blue", "vermillion", "green", "purple", "orange", "sky", "grey"];
const kManyPoints = 20000;

class FitScatter {
  /**
   * @param {Fits} fits
   * @param {ScatterHandlers} handlers
   */
  constructor(fits, handlers) {
    this.fits = fits;
    this.handlers = handlers;
    /** Of `fits`, those that are shown. */
    this.rows = new Uint32Array(0);
    /** The same in the order in which they are drawn: those of no series of their own first. */
    this.drawn = this.rows;
    this.series = new Uint8Array(fits.rows);
    /** @type {number | null} */
    this.active = null;
    /** @type {Brush | null} */
    this.brush = null;
    /** @type {"select" | "move"} */
    this.dragging = "select";
    this.printing = false;
    this.palette = this.colours();
    this.x = axisOf(fits.columns[0]);
    this.y = this.x;
    this.view = {x0: 0, x1: 1, y0: 0, y1: 1};
    this.canvas = element("canvas", {
      role: "application",
      tabindex: "0",
      "aria-roledescription": "scatter plot",
      "aria-describedby": "fit-plot-help",
    });
    this.overlay = element("canvas", {"aria-hidden": "true"});
    this.overlay.style.pointerEvents = "none";
    this.tip = element("div", {class: "fit-tip", hidden: "", "aria-hidden": "true"});
    this.box = element("div", {class: "fit-plot"}, this.canvas, this.overlay, this.tip);
    this.raster = new Raster(1, 1);
    this.pending = 0;
    this.listen();
  }

  listen() {
    this.canvas.addEventListener("keydown", event => this.press(event));
    this.canvas.addEventListener("focus", () => this.goTo(this.active ?? this.firstInSight()));
    this.canvas.addEventListener("pointerdown", event => this.startDrag(event));
    this.canvas.addEventListener("pointermove", event => this.hover(event));
    this.canvas.addEventListener("pointerleave", () => this.hideTip());
    this.canvas.addEventListener("dblclick", () => this.reset());
    this.canvas.addEventListener("wheel", event => {
      if (document.activeElement !== this.canvas) return;  // the page scrolls on
      event.preventDefault();
      const {x, y} = this.valuesAt(event.offsetX, event.offsetY);
      this.zoom(1.0015 ** -event.deltaY, x, y);
    });
    new ResizeObserver(() => this.redraw()).observe(this.box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    addEventListener("beforeprint", () => { this.printing = true; this.recolour(); this.draw(); });
    addEventListener("afterprint", () => { this.printing = false; this.recolour(); this.draw(); });
  }

  /**
   * @param {Column} x
   * @param {Column} y
   */
  setAxes(x, y) {
    this.x = axisOf(x);
    this.y = axisOf(y);
    this.canvas.setAttribute("aria-label", `${y.label} against ${x.label}, one point a fit`);
    this.clearBrush();
    this.reset();
  }

  /** @param {Uint32Array} rows */
  setRows(rows) {
    this.rows = rows;
    if (this.active !== null && !rows.includes(this.active)) this.active = null;
    this.order();
  }

  /** @param {Uint8Array} series of each fit, indices into kShapes */
  setSeries(series) {
    this.series = series;
    this.order();
  }

  order() {
    const last = kShapes.length - 1;
    const {rows, series} = this;
    this.drawn = new Uint32Array(rows.length);
    let n = 0;
    for (const row of rows) if (series[row] === last) this.drawn[n++] = row;
    for (const row of rows) if (series[row] !== last) this.drawn[n++] = row;
    this.redraw();
  }

  reset() {
    this.view = {x0: this.x.low, x1: this.x.high, y0: this.y.low, y1: this.y.high};
    this.redraw();
  }

  /**
   * @param {number} factor above 1: closer
   * @param {number} x stays where it is
   * @param {number} y
   */
  zoom(factor, x = (this.view.x0 + this.view.x1) / 2, y = (this.view.y0 + this.view.y1) / 2) {
    const {x0, x1, y0, y1} = this.view;
    this.view = {
      x0: x - (x - x0) / factor,
      x1: x + (x1 - x) / factor,
      y0: y - (y - y0) / factor,
      y1: y + (y1 - y) / factor,
    };
    this.redraw();
  }

  /**
   * @param {number} dx in parts of what is in sight
   * @param {number} dy
   */
  move(dx, dy) {
    const {x0, x1, y0, y1} = this.view;
    const [byX, byY] = [dx * (x1 - x0), dy * (y1 - y0)];
    this.view = {x0: x0 + byX, x1: x1 + byX, y0: y0 + byY, y1: y1 + byY};
    this.redraw();
  }

  clearBrush() {
    if (!this.brush) return;
    this.brush = null;
    this.handlers.brush(null);
    this.drawOverlay();
  }

  /** The plotting area in CSS pixels. */
  area() {
    return {
      width: Math.max(this.box.clientWidth - kMargin.left - kMargin.right, 10),
      height: Math.max(this.box.clientHeight - kMargin.top - kMargin.bottom, 10),
    };
  }

  /**
   * @param {number} px CSS pixels in the canvas
   * @param {number} py
   */
  valuesAt(px, py) {
    const {width, height} = this.area();
    return {
      x: this.view.x0 + ((px - kMargin.left) / width) * (this.view.x1 - this.view.x0),
      y: this.view.y1 - ((py - kMargin.top) / height) * (this.view.y1 - this.view.y0),
    };
  }

  /** @param {number} row */
  pixelsAt(row) {
    const {width, height} = this.area();
    return {
      px: kMargin.left + ((this.x.at[row] - this.view.x0) / (this.view.x1 - this.view.x0)) * width,
      py: kMargin.top + ((this.view.y1 - this.y.at[row]) / (this.view.y1 - this.view.y0)) * height,
    };
  }

  /** At most once a frame. */
  redraw() {
    if (this.pending) return;
    this.pending = requestAnimationFrame(() => {
      this.pending = 0;
      this.draw();
    });
  }

  recolour() {
    this.palette = this.colours();
    this.redraw();
  }

  /** Of the style sheet, as it is now. */
  colours() {
    const style = getComputedStyle(document.documentElement);
    const of = (/** @type {string} */ colour) => {
      const value = style.getPropertyValue(`--cf-${colour}`).trim();
      return this.printing ? kPrinted[colour] ?? value : value;
    };
    return {
      paper: of("paper"),
      ink: of("ink"),
      grid: of("grid"),
      series: kSeriesColours.map(of),
    };
  }

  draw() {
    const scale = Math.min(devicePixelRatio || 1, 2);
    const {width, height} = this.area();
    for (const canvas of [this.canvas, this.overlay]) {
      const [w, h] = [Math.round(this.box.clientWidth * scale), Math.round(this.box.clientHeight * scale)];
      if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
    }
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    if (this.raster.image.width !== w || this.raster.image.height !== h)
      this.raster = new Raster(w, h);
    const colours = this.palette;
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const ticks = this.drawAxes(context, colours);
    this.drawPoints(ticks, colours, scale);
    context.putImageData(this.raster.image, Math.round(kMargin.left * scale), Math.round(kMargin.top * scale));
    this.drawOverlay();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {{ink: string}} colours
   */
  drawAxes(context, colours) {
    const {width, height} = this.area();
    const {x0, x1, y0, y1} = this.view;
    const ticks = {
      x: ticksOf(this.x.log, x0, x1, Math.floor(width / 80)),
      y: ticksOf(this.y.log, y0, y1, Math.floor(height / 50)),
    };
    context.fillStyle = colours.ink;
    context.font = "12px system-ui, sans-serif";
    context.textAlign = "center";
    context.textBaseline = "top";
    const below = kMargin.top + height;
    for (const tick of ticks.x)
      context.fillText(tick.label, kMargin.left + ((tick.at - x0) / (x1 - x0)) * width, below + 7);
    const title = (/** @type {Axis} */ axis) => axis.column.label + (axis.log ? " (log)" : "");
    context.fillText(title(this.x), kMargin.left + width / 2, below + 27, width);
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const tick of ticks.y)
      context.fillText(tick.label, kMargin.left - 7, kMargin.top + ((y1 - tick.at) / (y1 - y0)) * height);
    context.save();
    context.translate(14, kMargin.top + height / 2);
    context.rotate(-Math.PI / 2);
    context.textAlign = "center";
    context.fillText(title(this.y), 0, 0, height);
    context.restore();
    return ticks;
  }

  /**
   * @param {{x: {at: number}[], y: {at: number}[]}} ticks
   * @param {{paper: string, grid: string, series: string[]}} colours
   * @param {number} scale
   */
  drawPoints(ticks, colours, scale) {
    const {raster} = this;
    const {x0, x1, y0, y1} = this.view;
    const {width, height} = raster.image;
    raster.clear(pixelOf(colours.paper));
    const grid = pixelOf(colours.grid);
    for (const {at} of ticks.x) raster.verticalLine(Math.round(((at - x0) / (x1 - x0)) * width), grid);
    for (const {at} of ticks.y) raster.horizontalLine(Math.round(((y1 - at) / (y1 - y0)) * height), grid);
    const many = this.rows.length > kManyPoints;
    raster.points({
      rows: this.drawn,
      xs: this.x.at,
      ys: this.y.at,
      series: this.series,
      colours: colours.series.map(pixelOf),
      radius: (many ? 1.5 : this.rows.length > 2000 ? 3 : 4) * scale,
      rim: many ? null : pixelOf(colours.paper),
    }, this.view);
  }

  drawOverlay() {
    const scale = Math.min(devicePixelRatio || 1, 2);
    const context = /** @type {CanvasRenderingContext2D} */ (this.overlay.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.overlay.width, this.overlay.height);
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const {ink} = this.palette;
    const {width, height} = this.area();
    context.strokeStyle = ink;
    context.beginPath();
    context.rect(kMargin.left, kMargin.top, width, height);
    context.stroke();
    context.clip();
    if (this.brush) {
      const {x0, x1, y0, y1} = this.brush;
      const left = kMargin.left + ((x0 - this.view.x0) / (this.view.x1 - this.view.x0)) * width;
      const right = kMargin.left + ((x1 - this.view.x0) / (this.view.x1 - this.view.x0)) * width;
      const top = kMargin.top + ((this.view.y1 - y1) / (this.view.y1 - this.view.y0)) * height;
      const bottom = kMargin.top + ((this.view.y1 - y0) / (this.view.y1 - this.view.y0)) * height;
      context.setLineDash([5, 4]);
      context.lineWidth = 1.5;
      context.strokeRect(left, top, right - left, bottom - top);
      context.setLineDash([]);
    }
    if (this.active === null || this.printing) return;
    const {px, py} = this.pixelsAt(this.active);
    context.lineWidth = 2.5;
    context.beginPath();
    context.arc(px, py, 8, 0, 2 * Math.PI);
    context.stroke();
  }

  /** @param {number} row */
  isInSight(row) {
    const [x, y] = [this.x.at[row], this.y.at[row]];
    return x >= this.view.x0 && x <= this.view.x1 && y >= this.view.y0 && y <= this.view.y1;
  }

  /** @returns {number | null} */
  firstInSight() {
    let first = null;
    for (const row of this.rows)
      if (this.isInSight(row) && (first === null || this.x.at[row] < this.x.at[first])) first = row;
    return first;
  }

  /**
   * The next fit in sight along an axis, ties by the other axis and then in the plan's order.
   * @param {Float64Array} along
   * @param {Float64Array} across
   * @param {1 | -1} direction
   * @returns {number | null}
   */
  neighbour(along, across, direction) {
    const from = this.active;
    if (from === null) return this.firstInSight();
    const compare = (/** @type {number} */ a, /** @type {number} */ b) =>
      direction * (along[a] - along[b] || across[a] - across[b] || a - b);
    let best = null;
    for (const row of this.rows)
      if (this.isInSight(row) && compare(row, from) > 0 && (best === null || compare(row, best) < 0))
        best = row;
    return best;
  }

  /** @param {number | null} row */
  goTo(row) {
    if (row === null) return;
    this.highlight(row);
    this.handlers.point(row);
  }

  /** @param {number | null} row */
  highlight(row) {
    this.active = row;
    this.drawOverlay();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const [x, y] = [this.x.at, this.y.at];
    /** @type {Record<string, () => void>} */
    const walks = {
      ArrowRight: () => this.goTo(this.neighbour(x, y, 1)),
      ArrowLeft: () => this.goTo(this.neighbour(x, y, -1)),
      ArrowUp: () => this.goTo(this.neighbour(y, x, 1)),
      ArrowDown: () => this.goTo(this.neighbour(y, x, -1)),
    };
    /** @type {Record<string, () => void>} */
    const moves = {
      ArrowRight: () => this.move(0.1, 0),
      ArrowLeft: () => this.move(-0.1, 0),
      ArrowUp: () => this.move(0, 0.1),
      ArrowDown: () => this.move(0, -0.1),
    };
    /** @type {Record<string, () => void>} */
    const others = {
      "+": () => this.zoom(1.5),
      "=": () => this.zoom(1.5),
      "-": () => this.zoom(1 / 1.5),
      "0": () => this.reset(),
      Escape: () => this.clearBrush(),
      Enter: () => { if (this.active !== null) this.handlers.choose(this.active); },
    };
    const act = (event.shiftKey ? moves : walks)[event.key] ?? others[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** @param {PointerEvent} event */
  startDrag(event) {
    if (event.button !== 0) return;
    const start = {px: event.offsetX, py: event.offsetY, view: this.view};
    const moves = this.dragging === "move" || event.shiftKey;
    let dragged = false;
    const drag = (/** @type {PointerEvent} */ now) => {
      const bounds = this.canvas.getBoundingClientRect();
      const [px, py] = [now.clientX - bounds.left, now.clientY - bounds.top];
      dragged ||= Math.hypot(px - start.px, py - start.py) > 4;
      if (!dragged) return;
      this.hideTip();
      if (moves) this.dragView(start.view, px - start.px, py - start.py);
      else this.dragBrush(start, px, py);
    };
    const end = () => {
      removeEventListener("pointermove", drag);
      removeEventListener("pointerup", end);
      removeEventListener("pointercancel", end);
      if (!dragged) this.clickAt(start.px, start.py);
      else if (!moves) this.tellBrush();
    };
    addEventListener("pointermove", drag);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  /**
   * @param {View} from
   * @param {number} byX pixels
   * @param {number} byY
   */
  dragView(from, byX, byY) {
    const {width, height} = this.area();
    const dx = (-byX / width) * (from.x1 - from.x0);
    const dy = (byY / height) * (from.y1 - from.y0);
    this.view = {x0: from.x0 + dx, x1: from.x1 + dx, y0: from.y0 + dy, y1: from.y1 + dy};
    this.redraw();
  }

  /**
   * @param {{px: number, py: number}} start
   * @param {number} px
   * @param {number} py
   */
  dragBrush(start, px, py) {
    const [a, b] = [this.valuesAt(start.px, start.py), this.valuesAt(px, py)];
    this.brush = {
      x0: Math.min(a.x, b.x),
      x1: Math.max(a.x, b.x),
      y0: Math.min(a.y, b.y),
      y1: Math.max(a.y, b.y),
    };
    this.drawOverlay();
  }

  tellBrush() {
    const brush = this.brush;
    if (!brush) return;
    const [x, y] = [this.x.at, this.y.at];
    this.handlers.brush(row =>
      x[row] >= brush.x0 && x[row] <= brush.x1 && y[row] >= brush.y0 && y[row] <= brush.y1);
  }

  /**
   * @param {number} px
   * @param {number} py
   * @returns {number | null} the nearest fit within 14 pixels
   */
  nearest(px, py) {
    let best = null;
    let least = 14 * 14;
    const {width, height} = this.area();
    const {x, y} = this.valuesAt(px, py);
    const kx = width / (this.view.x1 - this.view.x0);
    const ky = height / (this.view.y1 - this.view.y0);
    for (const row of this.rows) {
      const [dx, dy] = [(this.x.at[row] - x) * kx, (this.y.at[row] - y) * ky];
      const distance = dx * dx + dy * dy;
      if (distance < least) [best, least] = [row, distance];
    }
    return best;
  }

  /**
   * @param {number} px
   * @param {number} py
   */
  clickAt(px, py) {
    const row = this.nearest(px, py);
    if (row !== null) this.handlers.choose(row);
  }

  /** @param {PointerEvent} event */
  hover(event) {
    if (event.buttons !== 0) return;
    const row = this.nearest(event.offsetX, event.offsetY);
    if (row === null) return this.hideTip();
    this.highlight(row);
    this.tip.replaceChildren(...describe(this.fits, row).map(({label, text}) =>
      element("div", {}, `${label}: `, isolated(text))));
    this.tip.hidden = false;
    const {px, py} = this.pixelsAt(row);
    const left = Math.min(px + 14, this.box.clientWidth - this.tip.offsetWidth - 4);
    const above = py - this.tip.offsetHeight - 14;
    this.tip.style.left = `${Math.max(left, 4)}px`;
    this.tip.style.top = `${above > 0 ? above : py + 14}px`;
  }

  hideTip() {
    this.tip.hidden = true;
  }
}

/** Light paper, whatever the screen shows. */
const kPrinted = /** @type {Record<string, string>} */ ({
  paper: "#ffffff", ink: "#000000", grid: "#dddddd", blue: "#0072b2", vermillion: "#c24e00",
  green: "#007a5a", purple: "#a8558a", orange: "#8f6000", sky: "#2f86b5", grey: "#767676",
});

/**
 * What a fit is, in a few words: all that has a value but the scores that are not on an axis.
 * @param {Fits} fits
 * @param {number} row
 * @returns {{label: string, text: string}[]}
 */
function describe(fits, row) {
  const parts = [{label: "fit", text: fits.ids[row]}];
  for (const column of fits.columns) {
    const text = textAt(column, row);
    if (text !== "") parts.push({label: column.label, text});
  }
  return parts;
}
