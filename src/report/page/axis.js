// An axis of the scatter plot: from a column's values to pixels, and its ticks. No DOM.

/**
 * @typedef {object} Axis
 * @property {Column} column
 * @property {boolean} log
 * @property {Float64Array} at values along the axis (logarithms on a logarithmic one); NaN: not shown
 * @property {number} low of all values, with a margin
 * @property {number} high
 */

/**
 * Logarithmic where all values are positive and span a factor of 50 or more, as learning rates do.
 * @param {Column} column
 * @returns {Axis}
 */
function axisOf(column) {
  const at = numbersOf(column);
  let low = Infinity;
  let high = -Infinity;
  for (const value of at) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const log = low > 0 && high / low >= 50;
  for (let i = 0; i < at.length; ++i)
    at[i] = Number.isFinite(at[i]) ? (log ? Math.log10(at[i]) : at[i]) : NaN;
  if (low > high) return {column, log: false, at, low: 0, high: 1};
  if (log) [low, high] = [Math.log10(low), Math.log10(high)];
  const margin = high > low ? 0.04 * (high - low) : 0.5;
  return {column, log, at, low: low - margin, high: high + margin};
}

/**
 * @param {boolean} log
 * @param {number} low
 * @param {number} high
 * @param {number} most labels at most
 * @returns {{at: number, label: string}[]}
 */
function ticksOf(log, low, high, most) {
  const room = Math.max(most, 2);
  if (log && high - low > 0.7) {
    const step = Math.ceil((high - low) / room);
    const digits = high - low < 3 && room > 6 ? [1, 2, 5] : [1];
    const ticks = [];
    for (let power = Math.floor(low); power <= Math.ceil(high); power += step)
      for (const digit of digits) {
        const at = power + Math.log10(digit);
        if (at >= low && at <= high) ticks.push({at, label: shortNumber(digit * 10 ** power)});
      }
    return ticks;
  }
  const rough = (high - low) / room;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find(factor => factor * power >= rough) ?? 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step); i * step <= high; ++i) {
    const value = log ? shortNumber(10 ** (i * step)) : (i * step).toFixed(decimals);
    ticks.push({at: i * step, label: value.replace("-", "\u2212")});
  }
  return ticks;
}

/** @param {number} value */
function shortNumber(value) {
  return String(Number(value.toPrecision(3))).replace("e-", "e\u2212");
}
