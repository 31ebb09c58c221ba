import {
  ADDRESS_TYPES,
  DEVICE_TYPES,
  UNNAMED_BY_DEEPFLOW,
} from '../../../deepflow/names/device-types.ts';
import { type EnumName, enumNames } from '../../../deepflow/names/enums.ts';
import type { Cells } from './cells.ts';
import type { Column } from '../columns/columns.ts';
import { FieldValue, type NamingOptions } from './field-value.ts';
import { ipv6Text } from '../../../lib/net/ipv6-text.ts';
import { jsonText, type NameTables } from './name-tables.ts';
import { writeAscii } from './text-values.ts';

/** How many names are cached to save a search. A power of two. */
const KNOWN_NAMES = 256;
/** Spreads the few types over the cached names. */
const TYPE_STEP = 61;
/** The most bytes of a text that fits exactly into a number. */
const SHORT_CODE = 6;
/** The length of the longest text of an address, with its quotes. */
const ADDRESS_TEXT_MAX = 48;

/** The fault of a code or id, as `ValueFaults` counts it. Undefined: no fault. */
type NameFault = 'unknownCode' | 'unknownName' | undefined;

/** The name of a code, as JSON. */
export interface Name {
  /** Undefined: the record leaves the value out. */
  readonly json: Buffer | undefined;
  readonly fault: NameFault;
}

/** Where a name is stored. */
interface KnownName {
  readonly start: number;
  /** 0: the record leaves the value out. */
  readonly length: number;
  readonly fault: NameFault;
}

/** A cache of found names by number and type. Of names that share an entry, it keeps the last. */
class KnownNames {
  readonly #ids = new Float64Array(KNOWN_NAMES);
  readonly #types = new Float64Array(KNOWN_NAMES);
  readonly #names: (KnownName | undefined)[] = new Array<KnownName | undefined>(KNOWN_NAMES).fill(
    undefined,
  );
  #generation = -1;
  #tables: NameTables | undefined = undefined;

  /** Empties the cache when the tables of names or the shared cells have changed. */
  refresh(cells: Cells, tables: NameTables): void {
    if (cells.generation === this.#generation && tables === this.#tables) return;
    this.#generation = cells.generation;
    this.#tables = tables;
    this.#names.fill(undefined);
  }

  get(id: number, type: number): KnownName | undefined {
    const place = placeOf(id, type);
    return this.#ids[place] === id && this.#types[place] === type ? this.#names[place] : undefined;
  }

  /** Writes a name into a cell, and caches it if the cell outlives the current rows. */
  add(cells: Cells, code: { readonly id: number; readonly type: number }, name: Name): KnownName {
    const { json, fault } = name;
    const cell = json === undefined ? NO_CELL : cells.shareOrWrite(json);
    const known = { start: cell.start, length: cell.length, fault };
    if (cell.start >= cells.floor) return known;
    const place = placeOf(code.id, code.type);
    this.#ids[place] = code.id;
    this.#types[place] = code.type;
    this.#names[place] = known;
    return known;
  }
}

const NO_CELL = { start: 0, length: 0 };

function placeOf(id: number, type: number): number {
  return (id + type * TYPE_STEP) & (KNOWN_NAMES - 1);
}

/** Finds names of codes in the current tables. */
export type Naming = (tables: NameTables) => (id: number, type: number) => Name;

/** The columns of the addresses of a side. */
export interface AddressColumns {
  readonly isIpv4: Column;
  readonly ipv4: Column;
  readonly ipv6: Column;
}

/** The columns by which a name is found. */
export interface NameSource {
  readonly column: Column;
  /** The types of the ids, when an id is unique only together with its type. */
  readonly types?: Column | undefined;
  /** The addresses that are written when the type means an address. */
  readonly addresses?: AddressColumns | undefined;
  readonly naming: Naming;
}

/** The name of a code: of an enum, a resource type or a resource. */
export class NamedValue extends FieldValue {
  readonly #source: NameSource;
  readonly #known = new KnownNames();
  #nameOf: (id: number, type: number) => Name = () => ABSENT;

  constructor(key: string, source: NameSource) {
    const { column, types, addresses } = source;
    super(key, [
      column,
      ...(types === undefined ? [] : [types]),
      ...(addresses === undefined ? [] : [addresses.isIpv4, addresses.ipv4, addresses.ipv6]),
    ]);
    this.#source = source;
  }

  override bind(cells: Cells, tables: NameTables): void {
    this.#known.refresh(cells, tables);
    this.#nameOf = this.#source.naming(tables);
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows, faults } = cells;
    const { column, types, addresses } = this.#source;
    const { numbers, nulls } = column;
    const typeNumbers = types?.numbers;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      if (nulls !== undefined && column.isNull(row)) {
        lengths[at] = 0;
        continue;
      }
      const id = numbers[row] ?? 0;
      const type = typeNumbers === undefined ? 0 : (typeNumbers[row] ?? 0);
      if (addresses !== undefined && ADDRESS_TYPES.has(type)) {
        starts[at] = cells.position;
        writeAddress(cells, addresses, row);
        lengths[at] = cells.position - (starts[at] ?? 0);
        continue;
      }
      const name =
        this.#known.get(id, type) ?? this.#known.add(cells, { id, type }, this.#nameOf(id, type));
      if (name.fault !== undefined) faults[name.fault]++;
      starts[at] = name.start;
      lengths[at] = name.length;
    }
  }
}

/** Writes the side's address like Go does: IPv4-mapped addresses are written as IPv4. */
function writeAddress(cells: Cells, { isIpv4, ipv4, ipv6 }: AddressColumns, row: number): void {
  cells.reserve(ADDRESS_TEXT_MAX);
  if ((isIpv4.numbers[row] ?? 0) === 1) cells.ipv4(ipv4.numbers[row] ?? 0);
  else writeAscii(cells, ipv6Text(ipv6.text.bytes, row * 16).replace(/^::ffff:(?=\d+\.)/, ''));
}

const ABSENT: Name = { json: undefined, fault: undefined };
const EMPTY = jsonText('');

function emptyName(options: NamingOptions, fault: NameFault): Name {
  return { json: options.keepsEmpty ? EMPTY : undefined, fault };
}

/** The name of a code. Without a name, the code itself or the form of an empty name. */
function nameOfCode(code: string, name: string | undefined, options: NamingOptions): Name {
  if (name === '') return emptyName(options, undefined);
  if (name !== undefined) return { json: jsonText(name), fault: undefined };
  if (!options.keepsUnknown) return emptyName(options, 'unknownCode');
  return { json: jsonText(code), fault: 'unknownCode' };
}

/** The names of an enum's codes. */
export function enumNaming(name: EnumName, options: NamingOptions): Naming {
  const names = enumNames(name);
  return () => (code) => nameOfCode(String(code), names.get(String(code)), options);
}

/**
 * The names of resource types. With `keepsUnknown` also the types that DeepFlow's own exporter
 * lacks.
 */
export function deviceTypeNaming(options: NamingOptions): Naming {
  return () => (type) => {
    const isForgotten = !options.keepsUnknown && UNNAMED_BY_DEEPFLOW.has(type);
    return nameOfCode(String(type), isForgotten ? '' : DEVICE_TYPES.get(type), options);
  };
}

/**
 * The names of resources by their ids in a dictionary, and by types if the dictionary has types. Id
 * 0 means no resource.
 */
export function resourceNaming(
  namesIn: (tables: NameTables) => (id: number, type: number) => Buffer | undefined,
  options: NamingOptions,
): Naming {
  return (tables) => {
    const nameOf = namesIn(tables);
    return (id, type) => {
      const json = nameOf(id, type);
      if (json === undefined) return emptyName(options, id === 0 ? undefined : 'unknownName');
      return { json, fault: undefined };
    };
  };
}

/** The name of a code that is a text. */
export class TextEnumValue extends FieldValue {
  readonly #column: Column;
  readonly #names: ReadonlyMap<string, string>;
  readonly #naming: NamingOptions;
  readonly #known = new KnownNames();

  constructor(
    key: string,
    source: { readonly column: Column; readonly names: EnumName },
    naming: NamingOptions,
  ) {
    super(key, [source.column]);
    this.#column = source.column;
    this.#names = enumNames(source.names);
    this.#naming = naming;
  }

  override bind(cells: Cells, tables: NameTables): void {
    this.#known.refresh(cells, tables);
  }

  override fill(cells: Cells, slot: number): void {
    const { starts, lengths, stride, firstRow, rows, faults } = cells;
    const { bytes, offsets } = this.#column.text;
    for (let i = 0, at = slot; i < rows; i++, at += stride) {
      const row = firstRow + i;
      if (this.#column.isNull(row)) {
        lengths[at] = 0;
        continue;
      }
      const from = offsets[row] ?? 0;
      const to = offsets[row + 1] ?? 0;
      // A short code is packed into a number, so no string is needed to look it up.
      let id = 0;
      const isShort = to - from <= SHORT_CODE;
      for (let j = from; j < to && isShort; j++) id = id * 256 + (bytes[j] ?? 0);
      const code = { id, type: to - from };
      const name =
        (isShort ? this.#known.get(code.id, code.type) : undefined) ??
        this.#find(cells, code, bytes.subarray(from, to));
      if (name.fault !== undefined) faults[name.fault]++;
      starts[at] = name.start;
      lengths[at] = name.length;
    }
  }

  #find(
    cells: Cells,
    place: { readonly id: number; readonly type: number },
    bytes: Uint8Array,
  ): KnownName {
    const code = Buffer.from(bytes).toString('utf8');
    const name = code === '' ? '' : this.#names.get(code);
    const found = nameOfCode(code, name, this.#naming);
    if (place.type <= SHORT_CODE) return this.#known.add(cells, place, found);
    const cell = found.json === undefined ? NO_CELL : cells.shareOrWrite(found.json);
    return { start: cell.start, length: cell.length, fault: found.fault };
  }
}
