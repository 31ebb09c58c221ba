import type { ByteSource } from '../bytes/byte-writer.ts';

/** Strings of a column: value `i` is `bytes[offsets[i]..offsets[i + 1])`. */
export interface TextColumn extends ByteSource {
  readonly offsets: Int32Array;
}
