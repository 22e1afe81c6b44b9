// Which fits are shown, and in which order. No DOM.

/**
 * A test of a column's values, or why the text is none.
 * @typedef {{holds: (row: number) => boolean} | {problem: string}} Test
 */

/**
 * @param {string} text
 * @returns {{low: number, high: number, openLow: boolean, openHigh: boolean} | null}
 */
function rangeOf(text) {
  const plain = text.replaceAll("\u2212", "-").replaceAll(",", ".").trim();
  const number = "[-+]?(?:\\d+\\.?\\d*|\\.\\d+)(?:[eE][-+]?\\d+)?";
  const between = plain.match(new RegExp(`^(${number})\\s*(?:\\.\\.|to)\\s*(${number})$`));
  if (between)
    return {low: Number(between[1]), high: Number(between[2]), openLow: false, openHigh: false};
  const compared = plain.match(new RegExp(`^(<=|>=|<|>|=)?\\s*(${number})$`));
  if (!compared) return null;
  const value = Number(compared[2]);
  switch (compared[1]) {
    case "<":
      return {low: -Infinity, high: value, openLow: false, openHigh: true};
    case "<=":
      return {low: -Infinity, high: value, openLow: false, openHigh: false};
    case ">":
      return {low: value, high: Infinity, openLow: true, openHigh: false};
    case ">=":
      return {low: value, high: Infinity, openLow: false, openHigh: false};
    default:
      return {low: value, high: value, openLow: false, openHigh: false};
  }
}

/**
 * For each level, whether it holds all of the words.
 * @param {string[]} levels
 * @param {string[]} words lower case
 * @returns {boolean[]}
 */
function levelsWith(levels, words) {
  return levels.map(level => {
    const lower = level.toLowerCase();
    return words.every(word => lower.includes(word));
  });
}

/** @param {string} text */
function wordsOf(text) {
  return text.toLowerCase().split(/\s+/).filter(word => word !== "");
}

/**
 * Of a column alone: a part of a name; a number, a comparison (> 0.8) or a range (0.7..0.9); "none".
 * @param {Column} column
 * @param {string} text not empty
 * @returns {Test}
 */
function columnTest(column, text) {
  const values = column.values;
  if (text.trim().toLowerCase() === "none") return {holds: row => values[row] === kNone};
  if (column.kind === "name") {
    const found = levelsWith(column.levels, wordsOf(text));
    return {holds: row => values[row] !== kNone && found[values[row]]};
  }
  const range = rangeOf(text);
  if (!range) return {problem: "give a number, a comparison such as > 0.8, a range such as 0.7..0.9, or none"};
  const inside = (/** @type {number} */ number) =>
    (range.openLow ? number > range.low : number >= range.low) &&
    (range.openHigh ? number < range.high : number <= range.high);
  if (column.kind === "quantity") {
    const found = column.levels.map(level => inside(Number(level)));
    return {holds: row => values[row] !== kNone && found[values[row]]};
  }
  const scale = 10 ** column.digits;
  return {
    holds: row => {
      const value = values[row];
      return value !== kNone && inside(value === kInfinite ? Infinity : value / scale);
    },
  };
}

/**
 * Of all names together: every word stands in one of them, or at the head of the id.
 * @param {Fits} fits
 * @param {string} text
 * @returns {((row: number) => boolean)[]}
 */
function wordTests(fits, text) {
  const names = fits.columns.filter(column => column.kind === "name");
  return wordsOf(text).map(word => {
    const found = names.map(column => levelsWith(column.levels, [word]));
    return row =>
      fits.ids[row].startsWith(word) ||
      names.some((column, i) => column.values[row] !== kNone && found[i][column.values[row]]);
  });
}

/**
 * @typedef {object} Sorting
 * @property {number} column index into the columns; -1: by id
 * @property {1 | -1} direction
 */

/**
 * By value, then in the plan's order; fits without a value last.
 * @param {Fits} fits
 * @param {Uint32Array} rows sorted in place
 * @param {Sorting | null} sorting
 */
function sortRows(fits, rows, sorting) {
  if (!sorting) {
    rows.sort();
    return;
  }
  const keys = sortKeys(fits, sorting);
  rows.sort((a, b) => keys[a] - keys[b] || a - b);
}

/**
 * Numbers whose order is that of the values.
 * @param {Fits} fits
 * @param {Sorting} sorting
 * @returns {Float64Array}
 */
function sortKeys(fits, {column: index, direction}) {
  const keys = new Float64Array(fits.rows);
  if (index < 0) {
    const order = Array.from(fits.ids.keys());
    order.sort((a, b) => (fits.ids[a] < fits.ids[b] ? -1 : 1));
    order.forEach((row, place) => { keys[row] = direction * place; });
    return keys;
  }
  const column = fits.columns[index];
  /** @type {(value: number) => number} */
  let keyOf = value => value;
  if (column.kind !== "number") {
    const order = Array.from(column.levels.keys());
    const collator = new Intl.Collator("en", {numeric: true});
    if (column.kind === "quantity")
      order.sort((a, b) => Number(column.levels[a]) - Number(column.levels[b]));
    else order.sort((a, b) => collator.compare(column.levels[a], column.levels[b]));
    const places = new Float64Array(order.length);
    order.forEach((level, place) => { places[level] = place; });
    keyOf = value => places[value];
  }
  for (let row = 0; row < fits.rows; ++row) {
    const value = column.values[row];
    keys[row] = value === kNone ? Number.MAX_VALUE : direction * keyOf(value);
  }
  return keys;
}

/**
 * @param {number} rows
 * @param {((row: number) => boolean)[]} tests
 * @returns {Uint32Array}
 */
function rowsThatHold(rows, tests) {
  const kept = new Uint32Array(rows);
  let n = 0;
  for (let row = 0; row < rows; ++row) if (tests.every(holds => holds(row))) kept[n++] = row;
  return kept.slice(0, n);
}
