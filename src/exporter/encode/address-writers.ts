import type { Data } from 'apache-arrow';
import type { ByteWriter } from './byte-writer.ts';
import { FieldWriter } from './field-writer.ts';
import { IntegerColumn } from './integer-column.ts';
import { ipv6Text } from './ipv6-text.ts';

const QUOTE = 0x22;
const COLON = 0x3a;
const IPV6_BYTES = 16;

/** Writes IPv4 addresses as dotted quads. `0.0.0.0` is written: DeepFlow never treats it as empty. */
export class Ipv4Writer extends FieldWriter {
  #values: Uint32Array = new Uint32Array(0);

  protected override bindValues(data: Data): void {
    const values: unknown = data.values;
    if (!(values instanceof Uint32Array)) throw this.typeError(data, 'Uint32');
    this.#values = values;
  }

  protected override isLeftOut(): boolean {
    return false;
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    writer.byte(QUOTE);
    writer.ipv4(this.#values[row] ?? 0);
    writer.byte(QUOTE);
  }
}

/** Writes IPv6 addresses; the all-zero address, which rows of IPv4 traffic hold, counts as empty. */
export class Ipv6Writer extends FieldWriter {
  #values: Uint8Array = new Uint8Array(0);

  protected override bindValues(data: Data): void {
    const values: unknown = data.values;
    if (!(values instanceof Uint8Array) || values.length !== data.length * IPV6_BYTES) {
      throw this.typeError(data, 'FixedSizeBinary[16]');
    }
    this.#values = values;
  }

  protected override isLeftOut(row: number): boolean {
    if (this.keepEmpty) return false;
    const start = row * IPV6_BYTES;
    for (let i = start; i < start + IPV6_BYTES; i++) if (this.#values[i] !== 0) return false;
    return true;
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    writer.byte(QUOTE);
    writer.bytes(Buffer.from(ipv6Text(this.#values, row * IPV6_BYTES)));
    writer.byte(QUOTE);
  }
}

/** Writes the lower 48 bits of an integer as a MAC address, `aa:bb:cc:dd:ee:ff`. */
export class MacWriter extends FieldWriter {
  readonly #values = new IntegerColumn();

  protected override bindValues(data: Data): void {
    this.#values.bind(data, this.column);
    if (this.#values.narrow !== undefined) throw this.typeError(data, 'Uint64');
  }

  protected override isLeftOut(): boolean {
    return false;
  }

  protected override writeValue(writer: ByteWriter, row: number): void {
    const low = this.#values.halves[2 * row] ?? 0;
    const high = this.#values.halves[2 * row + 1] ?? 0;
    writer.byte(QUOTE);
    writer.hex(high >>> 8, 2);
    writer.byte(COLON);
    writer.hex(high, 2);
    for (const shift of [24, 16, 8, 0]) {
      writer.byte(COLON);
      writer.hex(low >>> shift, 2);
    }
    writer.byte(QUOTE);
  }
}
