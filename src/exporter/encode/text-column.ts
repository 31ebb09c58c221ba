import type { Data } from 'apache-arrow';

/** Strings of one Arrow column: value `i` is `bytes[offsets[i]..offsets[i + 1])`. */
export interface TextColumn {
  readonly bytes: Uint8Array;
  readonly offsets: Int32Array;
}

/** The strings of an Arrow Utf8 or Binary column, or undefined when it holds something else. */
export function textColumn(data: Data | undefined): TextColumn | undefined {
  const bytes: unknown = data?.values;
  const offsets: unknown = data?.valueOffsets;
  if (!(bytes instanceof Uint8Array) || !(offsets instanceof Int32Array)) return undefined;
  return { bytes, offsets };
}

/** No strings. */
export const NO_TEXT: TextColumn = { bytes: new Uint8Array(0), offsets: new Int32Array(1) };
