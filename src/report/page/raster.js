// Points into pixels. Every point is drawn, however many there are: a shape is a list of offsets
// into the pixels, so that 100,000 points take a few milliseconds without a GPU.

/** Shapes beside colours, in the order of the series; the last is for all further ones. */
const kShapes = ["circle", "square", "triangle", "diamond", "plus", "cross", "dot"];

/**
 * @param {string} shape
 * @param {number} radius pixels
 * @returns {{dx: number, dy: number}[]}
 */
function offsetsOf(shape, radius) {
  const offsets = [];
  const reach = Math.ceil(radius);
  const arm = Math.max(radius / 3, 0.5);
  for (let dy = -reach; dy <= reach; ++dy)
    for (let dx = -reach; dx <= reach; ++dx) {
      const [x, y] = [Math.abs(dx), Math.abs(dy)];
      const inside = {
        circle: x * x + y * y <= radius * radius + 0.5,
        square: x <= radius * 0.85 && y <= radius * 0.85,
        triangle: dy <= radius * 0.8 && x <= (dy + radius) * 0.6,
        diamond: x + y <= radius * 1.2,
        plus: (x <= arm && y <= radius) || (y <= arm && x <= radius),
        cross: Math.abs(x - y) <= arm && x <= radius && y <= radius,
        dot: x * x + y * y <= radius * radius * 0.4,
      }[shape];
      if (inside) offsets.push({dx, dy});
    }
  return offsets;
}

/**
 * "#0072b2" as a pixel of an ImageData, opaque.
 * @param {string} hex
 */
function pixelOf(hex) {
  const value = parseInt(hex.slice(1), 16);
  const [red, green, blue] = [value >> 16, (value >> 8) & 255, value & 255];
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

class Raster {
  /**
   * @param {number} width
   * @param {number} height
   */
  constructor(width, height) {
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  /** @param {number} pixel */
  clear(pixel) {
    this.pixels.fill(pixel);
  }

  /**
   * @param {number} x
   * @param {number} pixel
   */
  verticalLine(x, pixel) {
    const {width, height} = this.image;
    if (x < 0 || x >= width) return;
    for (let y = 0; y < height; ++y) this.pixels[y * width + x] = pixel;
  }

  /**
   * @param {number} y
   * @param {number} pixel
   */
  horizontalLine(y, pixel) {
    const {width, height} = this.image;
    if (y >= 0 && y < height) this.pixels.fill(pixel, y * width, (y + 1) * width);
  }

  /**
   * Shapes of one size in a few colours.
   * @param {object} of
   * @param {Uint32Array} of.rows
   * @param {Float64Array} of.xs along the axis
   * @param {Float64Array} of.ys
   * @param {Uint8Array} of.series of each row
   * @param {number[]} of.colours pixels
   * @param {number} of.radius
   * @param {number | null} of.rim pixel of a rim around each shape
   * @param {View} view
   */
  points({rows, xs, ys, series, colours, radius, rim}, view) {
    const {width, height} = this.image;
    const kx = width / (view.x1 - view.x0);
    const ky = height / (view.y1 - view.y0);
    const shapes = kShapes.map(shape => this.flat(offsetsOf(shape, radius)));
    const rims = kShapes.map(shape => this.flat(rim === null ? [] : offsetsOf(shape, radius + 1)));
    const reach = Math.ceil(radius) + 1;
    const pixels = this.pixels;
    for (let i = 0; i < rows.length; ++i) {
      const row = rows[i];
      const x = Math.round((xs[row] - view.x0) * kx);
      const y = Math.round((view.y1 - ys[row]) * ky);
      if (!(x >= -reach && y >= -reach && x < width + reach && y < height + reach)) continue;
      const one = series[row];
      const inside = x >= reach && y >= reach && x < width - reach && y < height - reach;
      if (!inside) {
        this.clipped(x, y, shapes[one], colours[one]);
        continue;
      }
      const centre = y * width + x;
      if (rim !== null) {
        const around = rims[one].flat;
        for (let k = 0; k < around.length; ++k) pixels[centre + around[k]] = rim;
      }
      const {flat} = shapes[one];
      const colour = colours[one];
      for (let k = 0; k < flat.length; ++k) pixels[centre + flat[k]] = colour;
    }
  }

  /** @param {{dx: number, dy: number}[]} offsets */
  flat(offsets) {
    const flat = Int32Array.from(offsets, ({dx, dy}) => dy * this.image.width + dx);
    return {flat, offsets};
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {{offsets: {dx: number, dy: number}[]}} shape
   * @param {number} colour
   */
  clipped(x, y, {offsets}, colour) {
    const {width, height} = this.image;
    for (const {dx, dy} of offsets)
      if (x + dx >= 0 && x + dx < width && y + dy >= 0 && y + dy < height)
        this.pixels[(y + dy) * width + x + dx] = colour;
  }
}
