// The table of fits: only the rows in sight exist, however many there are.

const kRowHeight = 28;

/**
 * @typedef {object} TableHandlers
 * @property {(sorting: Sorting | null) => void} sort
 * @property {(column: number, text: string) => string} filter returns what is wrong with the text
 * @property {(row: number) => void} point the row that a reader is at
 */

class FitTable {
  /**
   * @param {Fits} fits
   * @param {TableHandlers} handlers
   */
  constructor(fits, handlers) {
    this.fits = fits;
    this.handlers = handlers;
    /** Rows of `fits` in the order in which they are shown. */
    this.rows = new Uint32Array(0);
    /** @type {Sorting | null} */
    this.sorting = null;
    this.active = {place: 0, column: 0};
    /** @type {HTMLElement[]} */
    this.pool = [];
    this.columns = fits.columns.map((_, i) => i);
    this.columns.push(-1);
    this.grid = element("div", {
      class: "fit-grid",
      role: "grid",
      tabindex: "0",
      "aria-label": "All fits",
      "aria-describedby": "fit-grid-help",
      "aria-colcount": String(this.columns.length),
    });
    this.body = element("div", {class: "fit-body", role: "rowgroup"});
    this.headings = this.columns.map(column => this.makeHeading(column));
    this.head = element("div", {class: "fit-head", role: "rowgroup"},
      element("div", {class: "fit-row", role: "row", "aria-rowindex": "1"}, ...this.headings),
      element("div", {class: "fit-row", role: "row", "aria-rowindex": "2"},
        ...this.columns.map(column => this.makeFilter(column))));
    this.grid.style.setProperty("--fit-columns", this.widths());
    this.grid.append(this.head, this.body);
    this.grid.addEventListener("scroll", () => this.draw(), {passive: true});
    this.grid.addEventListener("keydown", event => this.press(event));
    this.grid.addEventListener("focus", () => this.show());
    this.body.addEventListener("click", event => this.click(event));
    new ResizeObserver(() => this.draw()).observe(this.grid);
  }

  /** @param {number} column */
  label(column) {
    return column < 0 ? "fit" : this.fits.columns[column].label;
  }

  /**
   * @param {number} column
   * @param {number} row
   */
  text(column, row) {
    return column < 0 ? this.fits.ids[row] : textAt(this.fits.columns[column], row);
  }

  /** @returns {string} one width a column: of its longest text, within reason */
  widths() {
    return this.columns.map(column => {
      if (column < 0) return "8.5rem";
      const of = this.fits.columns[column];
      let longest = of.label.length + 2;
      for (const level of of.levels) longest = Math.max(longest, level.length);
      return `${Math.min(Math.max(longest * 0.56 + 1.6, 5.5), 22).toFixed(2)}rem`;
    }).join(" ");
  }

  /** @param {number} column */
  makeHeading(column) {
    const press = button("", () => {
      const was = this.sorting;
      if (was?.column !== column) this.sorting = {column, direction: 1};
      else this.sorting = was.direction === 1 ? {column, direction: -1} : null;
      this.showSorting();
      this.handlers.sort(this.sorting);
    });
    press.append(isolated(this.label(column)));
    press.title = this.label(column);
    return element("div", {role: "columnheader"}, press);
  }

  showSorting() {
    this.headings.forEach((heading, i) => {
      const sorted = this.sorting?.column === this.columns[i] ? this.sorting.direction : 0;
      heading.setAttribute("aria-sort", ["descending", "none", "ascending"][sorted + 1]);
      const press = /** @type {HTMLElement} */ (heading.firstElementChild);
      press.replaceChildren(isolated(this.label(this.columns[i])), ["\u00a0\u2193", "", "\u00a0\u2191"][sorted + 1]);
    });
  }

  /** @param {number} column */
  makeFilter(column) {
    if (column < 0) return element("div", {role: "gridcell"});
    const input = element("input", {
      type: "text",
      "aria-label": `Filter ${this.label(column)}`,
      placeholder: this.fits.columns[column].kind === "name" ? "part of it" : "> 0.8",
      autocomplete: "off",
      spellcheck: "false",
    });
    input.addEventListener("input", () => {
      const problem = this.handlers.filter(column, input.value);
      input.setAttribute("aria-invalid", String(problem !== ""));
      input.title = problem;
    });
    return element("div", {role: "gridcell"}, input);
  }

  clearFilters() {
    for (const input of this.head.querySelectorAll("input")) {
      input.value = "";
      input.setAttribute("aria-invalid", "false");
    }
  }

  /**
   * @param {Uint32Array} rows
   */
  setRows(rows) {
    this.rows = rows;
    this.active.place = Math.min(this.active.place, Math.max(rows.length - 1, 0));
    this.grid.setAttribute("aria-rowcount", String(rows.length + 2));
    this.body.style.height = `${rows.length * kRowHeight}px`;
    this.draw();
  }

  /** Puts the rows in sight, and a few more, into the elements that are there. */
  draw() {
    const headHeight = this.head.offsetHeight;
    const first = Math.max(Math.floor(this.grid.scrollTop / kRowHeight) - 4, 0);
    const inSight = Math.ceil(this.grid.clientHeight / kRowHeight) + 8;
    const end = Math.min(first + inSight, this.rows.length);
    while (this.pool.length < end - first) this.pool.push(this.makeRow(this.pool.length));
    this.pool.forEach((made, i) => {
      const place = first + i;
      made.hidden = place >= end;
      made.style.display = place >= end ? "none" : "";
      if (place < end) this.fill(made, place);
    });
    this.grid.style.scrollPaddingTop = `${headHeight}px`;
    this.markActive();
  }

  /** @param {number} index */
  makeRow(index) {
    const made = element("div", {class: "fit-row", role: "row"});
    for (let i = 0; i < this.columns.length; ++i)
      made.append(element("div", {role: "gridcell", id: `fit-cell-${index}-${i}`, dir: "auto"}));
    this.body.append(made);
    return made;
  }

  /**
   * @param {HTMLElement} made
   * @param {number} place
   */
  fill(made, place) {
    const row = this.rows[place];
    made.style.transform = `translateY(${place * kRowHeight}px)`;
    if (made.dataset.place === String(place) && made.dataset.row === String(row)) return;
    made.dataset.place = String(place);
    made.dataset.row = String(row);
    made.setAttribute("aria-rowindex", String(place + 3));
    this.columns.forEach((column, i) => {
      const text = this.text(column, row);
      made.children[i].textContent = text;
      if (text.length > 12) made.children[i].setAttribute("title", text);
      else made.children[i].removeAttribute("title");
    });
  }

  markActive() {
    let described = "";
    for (const made of this.pool) {
      const isActive = !made.hidden && made.dataset.place === String(this.active.place);
      made.classList.toggle("fit-active", isActive);
      for (let i = 0; i < made.children.length; ++i) {
        const cell = made.children[i];
        if (isActive && i === this.active.column) {
          cell.setAttribute("aria-selected", "true");
          described = cell.id;
        } else {
          cell.removeAttribute("aria-selected");
        }
      }
    }
    if (described) this.grid.setAttribute("aria-activedescendant", described);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  /** Scrolls to the active cell and tells of its row. */
  show() {
    if (this.rows.length === 0) return;
    const top = this.active.place * kRowHeight;
    const room = this.grid.clientHeight - this.head.offsetHeight;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top + kRowHeight > this.grid.scrollTop + room)
      this.grid.scrollTop = top + kRowHeight - room;
    const heading = this.headings[this.active.column];
    if (heading.offsetLeft < this.grid.scrollLeft) this.grid.scrollLeft = heading.offsetLeft;
    else if (heading.offsetLeft + heading.offsetWidth > this.grid.scrollLeft + this.grid.clientWidth)
      this.grid.scrollLeft = heading.offsetLeft + heading.offsetWidth - this.grid.clientWidth;
    this.draw();
    this.handlers.point(this.rows[this.active.place]);
  }

  /** @param {number} row of `fits` */
  goTo(row) {
    const place = this.rows.indexOf(row);
    if (place < 0) return;
    this.active.place = place;
    this.show();
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    if (event.target !== this.grid || event.altKey || event.metaKey) return;
    const page = Math.max(Math.floor(this.grid.clientHeight / kRowHeight) - 3, 1);
    const last = this.rows.length - 1;
    const {place, column} = this.active;
    /** @type {Record<string, [number, number]>} */
    const moves = {
      ArrowDown: [place + 1, column],
      ArrowUp: [place - 1, column],
      PageDown: [place + page, column],
      PageUp: [place - page, column],
      ArrowRight: [place, column + 1],
      ArrowLeft: [place, column - 1],
      Home: event.ctrlKey ? [0, column] : [place, 0],
      End: event.ctrlKey ? [last, column] : [place, this.columns.length - 1],
    };
    const move = moves[event.key];
    if (!move || last < 0) return;
    event.preventDefault();
    this.active.place = Math.min(Math.max(move[0], 0), last);
    this.active.column = Math.min(Math.max(move[1], 0), this.columns.length - 1);
    this.show();
  }

  /** @param {MouseEvent} event */
  click(event) {
    const cell = /** @type {HTMLElement} */ (event.target).closest('[role="gridcell"]');
    const row = /** @type {HTMLElement | null} */ (cell?.parentElement ?? null);
    if (!cell || !row) return;
    this.active.place = Number(row.dataset.place);
    this.active.column = Array.prototype.indexOf.call(row.children, cell);
    this.show();
  }
}
