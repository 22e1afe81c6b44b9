// The fits of the page: what src/report/page/column_bytes.h says of them, read again.

const kNone = -2147483648;
const kInfinite = 2147483647;

/**
 * One value of every fit.
 * @typedef {object} Column
 * @property {string} key
 * @property {string} label
 * @property {"name" | "quantity" | "number"} kind
 * @property {number} digits behind the point, of numbers
 * @property {string[]} levels of names and quantities
 * @property {Int32Array} values indices into the levels, or numbers times 10^digits
 */

/**
 * @typedef {object} Fits
 * @property {number} rows
 * @property {Column[]} columns
 * @property {string[]} ids heads of them, as hex digits
 */

/**
 * @param {string} base64
 * @returns {Promise<Uint8Array>}
 */
async function inflated(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; ++i) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/**
 * @param {Uint8Array} bytes
 * @param {number} at where the first of four planes begins
 * @param {number} rows
 * @returns {Int32Array}
 */
function planes(bytes, at, rows) {
  const values = new Int32Array(rows);
  for (let i = 0; i < rows; ++i)
    values[i] = bytes[at + i] | (bytes[at + rows + i] << 8) | (bytes[at + 2 * rows + i] << 16) |
      (bytes[at + 3 * rows + i] << 24);
  return values;
}

/**
 * @param {Uint8Array} bytes
 * @returns {Fits}
 */
function fitsOf(bytes) {
  const length = new DataView(bytes.buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + length)));
  if (head.format !== "crossfold-page-fits" || head.format_version !== 1)
    throw new Error(`the fits are of another format (${head.format} ${head.format_version})`);
  const hex = Array.from({length: 256}, (_, byte) => byte.toString(16).padStart(2, "0"));
  let at = 4 + length;
  /** @type {string[]} */
  const ids = [];
  for (let row = 0; row < head.rows; ++row) {
    let id = "";
    for (let i = 0; i < head.id_bytes; ++i) id += hex[bytes[at++]];
    ids.push(id);
  }
  /** @type {Column[]} */
  const columns = [];
  for (const of of head.columns) {
    columns.push({
      key: of.key,
      label: of.label,
      kind: of.kind,
      digits: of.digits ?? 0,
      levels: of.levels ?? [],
      values: planes(bytes, at, head.rows),
    });
    at += 4 * head.rows;
  }
  return {rows: head.rows, columns, ids};
}

/**
 * What people see; "" for no value.
 * @param {Column} column
 * @param {number} row
 * @returns {string}
 */
function textAt(column, row) {
  const value = column.values[row];
  if (value === kNone) return "";
  if (column.kind !== "number") return column.levels[value];
  if (value === kInfinite) return "\u221e";
  return (value / 10 ** column.digits).toFixed(column.digits).replace("-", "\u2212");
}

/**
 * A number for axes and comparisons; NaN for no value and for words.
 * @param {Column} column
 * @returns {Float64Array}
 */
function numbersOf(column) {
  const numbers = new Float64Array(column.values.length);
  const scale = 10 ** column.digits;
  const levels = column.levels.map(level => (column.kind === "quantity" ? Number(level) : NaN));
  for (let row = 0; row < numbers.length; ++row) {
    const value = column.values[row];
    if (value === kNone) numbers[row] = NaN;
    else if (column.kind !== "number") numbers[row] = levels[value];
    else numbers[row] = value === kInfinite ? Infinity : value / scale;
  }
  return numbers;
}
