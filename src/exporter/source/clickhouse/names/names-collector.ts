import type { RecordBatch } from 'apache-arrow';
import { Column } from '../../../encode/columns/columns.ts';
import { jsonText, type NameTables, type PodLabels } from '../../../encode/values/name-tables.ts';

/** What was left out of a dictionary that could be read. */
export interface Collected {
  /**
   * How many rows were left out, since no record can refer to them: an id of more than 32 bits, a
   * type above 255, or no name.
   */
  readonly skipped: number;
  /** True when the dictionary has more entries than are kept. */
  readonly isCut: boolean;
}

const BACKSLASH = 0x5c;
const TYPES = 256;

/** Collects the rows of a dictionary of names. */
abstract class RowsCollector implements Collected {
  skipped = 0;
  isCut = false;
  readonly #id = new Column('id_', 'integer');
  readonly #type = new Column('type_', 'integer');
  readonly #name = new Column('name_', 'text');
  readonly #entries: number;
  #rows = 0;

  constructor(entries: number) {
    this.#entries = entries;
  }

  /** @throws ColumnTypeError when the columns are not those of `namesQuery` or `devicesQuery`. */
  take(batch: RecordBatch): void {
    for (const column of [this.#id, this.#type, this.#name]) column.bind(batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (++this.#rows > this.#entries) this.isCut = true;
      else this.#takeRow(row);
    }
  }

  protected abstract add(id: number, type: number, name: Uint8Array): void;

  #takeRow(row: number): void {
    const id = integerAt(this.#id, row);
    const type = integerAt(this.#type, row);
    if (id === undefined || type === undefined || type >= TYPES || this.#name.isNull(row)) {
      this.skipped++;
      return;
    }
    const { bytes, offsets } = this.#name.text;
    this.add(id, type, bytes.subarray(offsets[row], offsets[row + 1]));
  }
}

/** Collects names by id. */
export class NamesCollector extends RowsCollector {
  readonly names = new Map<number, Buffer>();
  /** Types that are not 0, by id. */
  readonly types = new Map<number, number>();
  readonly #before: ReadonlyMap<number, Buffer>;

  /** @param before names of the last reading. Names that have not changed are used again. */
  constructor(entries: number, before: ReadonlyMap<number, Buffer>) {
    super(entries);
    this.#before = before;
  }

  protected override add(id: number, type: number, name: Uint8Array): void {
    if (type !== 0) this.types.set(id, type);
    // An empty name means the same as no name.
    if (name.length > 0) this.names.set(id, nameText(name, this.#before.get(id)));
  }
}

/** Collects names by type and id. */
export class DevicesCollector extends RowsCollector {
  readonly devices = new Map<number, Map<number, Buffer>>();
  readonly #before: NameTables['devices'];

  /** @param before devices of the last reading. Names that have not changed are used again. */
  constructor(entries: number, before: NameTables['devices']) {
    super(entries);
    this.#before = before;
  }

  protected override add(id: number, type: number, name: Uint8Array): void {
    if (name.length === 0) return;
    const ofType = this.devices.get(type) ?? new Map<number, Buffer>();
    this.devices.set(type, ofType);
    ofType.set(id, nameText(name, this.#before.get(type)?.get(id)));
  }
}

/** Collects the labels of pods. The rows of a pod must come together. */
export class LabelsCollector implements Collected {
  readonly labels = new Map<number, PodLabels>();
  skipped = 0;
  isCut = false;
  readonly #id = new Column('id_', 'integer');
  readonly #name = new Column('name_', 'text');
  readonly #value = new Column('value_', 'text');
  readonly #entries: number;
  readonly #before: ReadonlyMap<number, PodLabels>;
  /** Many pods have labels with the same names, so lists of names are shared. */
  readonly #nameLists = new Map<string, Buffer>();
  #rows = 0;
  #pod: number | undefined;
  #names: string[] = [];
  #values: string[] = [];

  constructor(entries: number, before: ReadonlyMap<number, PodLabels>) {
    this.#entries = entries;
    this.#before = before;
  }

  /** @throws ColumnTypeError when the columns are not those of `labelsQuery`. */
  take(batch: RecordBatch): void {
    for (const column of [this.#id, this.#name, this.#value]) column.bind(batch);
    for (let row = 0; row < batch.numRows; row++) {
      if (++this.#rows > this.#entries) this.isCut = true;
      else this.#takeRow(row);
    }
  }

  /** Must be called after the last batch. A pod whose labels may be incomplete gets no labels. */
  end(): void {
    if (!this.isCut) this.#endPod();
  }

  #takeRow(row: number): void {
    const id = integerAt(this.#id, row);
    if (id === undefined || this.#name.isNull(row) || this.#value.isNull(row)) {
      this.skipped++;
      return;
    }
    if (id !== this.#pod) {
      this.#endPod();
      this.#pod = id;
    }
    this.#names.push(textAt(this.#name, row));
    this.#values.push(textAt(this.#value, row));
  }

  #endPod(): void {
    const pod = this.#pod;
    if (pod === undefined) return;
    const before = this.#before.get(pod);
    const names = JSON.stringify(this.#names);
    const known = this.#nameLists.get(names) ?? listText(names, before?.names);
    this.#nameLists.set(names, known);
    this.labels.set(pod, {
      names: known,
      values: listText(JSON.stringify(this.#values), before?.values),
    });
    this.#names = [];
    this.#values = [];
  }
}

/** A 64-bit integer that fits into 32 bits. Undefined when it does not fit. */
function integerAt(column: Column, row: number): number | undefined {
  if (column.isNull(row) || (column.halves[2 * row + 1] ?? 0) !== 0) return undefined;
  return column.halves[2 * row];
}

function textAt(column: Column, row: number): string {
  const { bytes, offsets } = column.text;
  return Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString('utf8');
}

function nameText(name: Uint8Array, before: Buffer | undefined): Buffer {
  // Without a backslash nothing is escaped, so equal bytes between the quotes mean an equal text.
  const isSame =
    before !== undefined &&
    before.length === name.length + 2 &&
    before.compare(name, 0, name.length, 1, name.length + 1) === 0 &&
    !name.includes(BACKSLASH);
  return isSame ? before : jsonText(Buffer.from(name).toString('utf8'));
}

function listText(json: string, before: Buffer | undefined): Buffer {
  const bytes = Buffer.from(json);
  return before?.equals(bytes) === true ? before : bytes;
}
