import type { ByteSource } from '../bytes/byte-writer.ts';

/** The strings of a column: value `i` is `bytes[offsets[i]..offsets[i + 1])`. */
export interface TextColumn extends ByteSource {
  readonly offsets: Int32Array;
}
