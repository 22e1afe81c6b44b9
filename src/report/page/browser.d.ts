// What the browsers have and TypeScript 4.8 does not know.

declare class DecompressionStream implements GenericTransformStream {
  constructor(format: "deflate" | "deflate-raw" | "gzip");
  readonly readable: ReadableStream;
  readonly writable: WritableStream;
}
