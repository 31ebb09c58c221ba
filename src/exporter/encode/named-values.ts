import { ADDRESS_TYPES, DEVICE_TYPES, UNNAMED_BY_DEEPFLOW } from '../../deepflow/device-types.ts';
import { type EnumName, enumNames } from '../../deepflow/enums.ts';
import type { Column } from './columns.ts';
import { type NamingOptions, SnippetValue } from './field-value.ts';
import { ipv6Text } from './ipv6-text.ts';
import { type NameTables, type Snippet, snippet } from './name-tables.ts';

/** Codes up to this number are looked up in an array. */
const CODE_MAX = 65_535;
/** Bytes of a text whose number, byte by byte, is exact. */
const SHORT_CODE = 6;
const NO_NAME = snippet('');

/** The name of an integer code: of an enum, or of a resource type. */
export class CodeValue extends SnippetValue {
  readonly #column: Column;
  readonly #nameOf: (code: number) => string;
  readonly #known: (Snippet | undefined)[] = [];

  /** @param nameOf a code's name; `''`: it has none. */
  constructor(
    key: string,
    source: { readonly column: Column; readonly nameOf: (code: number) => string },
    options: NamingOptions,
  ) {
    super(key, [source.column], options.keepsEmpty);
    this.#column = source.column;
    this.#nameOf = source.nameOf;
  }

  override lookUp(row: number): Snippet | undefined {
    if (this.#column.isNull(row)) return undefined;
    const code = this.#column.numbers[row] ?? 0;
    const known = this.#known[code] ?? this.#make(code);
    return known === NO_NAME ? this.empty : known;
  }

  #make(code: number): Snippet {
    const name = this.#nameOf(code);
    const made = name === '' ? NO_NAME : snippet(name);
    if (code >= 0 && code <= CODE_MAX) this.#known[code] = made;
    return made;
  }
}

/** Names of an enum's codes. */
export function enumNaming(name: EnumName, options: NamingOptions): (code: number) => string {
  const names = enumNames(name);
  return (code) => names.get(String(code)) ?? (options.keepsUnknown ? String(code) : '');
}

/**
 * Names of resource types; with `keepsUnknown` also of those that DeepFlow's own exporter forgets.
 */
export function deviceTypeNaming(options: NamingOptions): (type: number) => string {
  return (type) => {
    if (!options.keepsUnknown && UNNAMED_BY_DEEPFLOW.has(type)) return '';
    return DEVICE_TYPES.get(type) ?? (options.keepsUnknown ? String(type) : '');
  };
}

/** The name of a code that is a text. */
export class TextEnumValue extends SnippetValue {
  readonly #column: Column;
  readonly #names: ReadonlyMap<string, Snippet>;
  readonly #keepsUnknown: boolean;
  readonly #short = new Map<number, Snippet>();

  constructor(
    key: string,
    source: { readonly column: Column; readonly names: EnumName },
    options: NamingOptions,
  ) {
    super(key, [source.column], options.keepsEmpty);
    this.#column = source.column;
    this.#names = new Map(
      [...enumNames(source.names)].map(([code, name]) => [code, snippet(name)]),
    );
    this.#keepsUnknown = options.keepsUnknown;
  }

  override lookUp(row: number): Snippet | undefined {
    if (this.#column.isNull(row)) return undefined;
    const { bytes, offsets } = this.#column.text;
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    if (start === end) return this.empty;
    if (end - start > SHORT_CODE) return this.#nameOf(bytes, start, end) ?? this.empty;
    // A short code is its own number: no text is made to look it up.
    let code = 0;
    for (let i = start; i < end; i++) code = code * 256 + (bytes[i] ?? 0);
    let found = this.#short.get(code);
    if (found === undefined && this.#short.size < CODE_MAX) {
      found = this.#nameOf(bytes, start, end) ?? NO_NAME;
      this.#short.set(code, found);
    }
    return found === NO_NAME ? this.empty : found;
  }

  #nameOf(bytes: Uint8Array, start: number, end: number): Snippet | undefined {
    const code = Buffer.from(bytes.subarray(start, end)).toString('utf8');
    return this.#names.get(code) ?? (this.#keepsUnknown ? snippet(code) : undefined);
  }
}

/** The name of a resource by its id alone. */
export class IdValue extends SnippetValue {
  readonly #column: Column;
  readonly #tables: () => NameTables;
  readonly #namesIn: (tables: NameTables) => ReadonlyMap<number, Snippet> | undefined;
  #names: ReadonlyMap<number, Snippet> = NONE;

  constructor(
    key: string,
    source: {
      readonly column: Column;
      readonly tables: () => NameTables;
      readonly namesIn: (tables: NameTables) => ReadonlyMap<number, Snippet> | undefined;
    },
    options: NamingOptions,
  ) {
    super(key, [source.column], options.keepsEmpty);
    this.#column = source.column;
    this.#tables = source.tables;
    this.#namesIn = source.namesIn;
  }

  override bind(): void {
    this.#names = this.#namesIn(this.#tables()) ?? NONE;
  }

  override lookUp(row: number): Snippet | undefined {
    if (this.#column.isNull(row)) return undefined;
    return this.#names.get(this.#column.numbers[row] ?? 0) ?? this.empty;
  }
}

const NONE: ReadonlyMap<number, Snippet> = new Map();

/** How a resource is found in the tables of names by more than its id. */
export type ResourceLookUp = (
  tables: NameTables,
) => (id: number, row: number) => Snippet | undefined;

/** The name of a resource by its id and other columns. */
export class ResourceValue extends SnippetValue {
  readonly #column: Column;
  readonly #tables: () => NameTables;
  readonly #lookUpIn: ResourceLookUp;
  #nameOf: (id: number, row: number) => Snippet | undefined = () => undefined;

  constructor(
    key: string,
    source: {
      readonly column: Column;
      readonly others: readonly Column[];
      readonly tables: () => NameTables;
      readonly lookUp: ResourceLookUp;
    },
    options: NamingOptions,
  ) {
    super(key, [source.column, ...source.others], options.keepsEmpty);
    this.#column = source.column;
    this.#tables = source.tables;
    this.#lookUpIn = source.lookUp;
  }

  override bind(): void {
    this.#nameOf = this.#lookUpIn(this.#tables());
  }

  override lookUp(row: number): Snippet | undefined {
    if (this.#column.isNull(row)) return undefined;
    return this.#nameOf(this.#column.numbers[row] ?? 0, row) ?? this.empty;
  }
}

/** Columns of the addresses of a side. */
export interface AddressColumns {
  readonly isIpv4: Column;
  readonly ipv4: Column;
  readonly ipv6: Column;
}

/** The name in `device_map` by a type in another column, or the side's address where a type stands for one. */
export function autoLookUp(types: Column, addresses: AddressColumns): ResourceLookUp {
  return ({ devices }) =>
    (id, row) => {
      const type = types.numbers[row] ?? 0;
      return ADDRESS_TYPES.has(type)
        ? snippet(addressText(addresses, row))
        : devices.get(type)?.get(id);
    };
}

/** Go's text of the side's address: IPv4-mapped addresses stand as IPv4. */
function addressText({ isIpv4, ipv4, ipv6 }: AddressColumns, row: number): string {
  if ((isIpv4.numbers[row] ?? 0) === 1) {
    const address = ipv4.numbers[row] ?? 0;
    return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
  }
  return ipv6Text(ipv6.text.bytes, row * 16).replace(/^::ffff:(?=\d+\.)/, '');
}

/** An IPv6 address; the all-zero one, which rows of IPv4 traffic hold, counts as empty. */
export class Ipv6Value extends SnippetValue {
  readonly #column: Column;

  constructor(key: string, column: Column, options: NamingOptions) {
    super(key, [column], options.keepsEmpty);
    this.#column = column;
  }

  override lookUp(row: number): Snippet | undefined {
    if (this.#column.isNull(row)) return undefined;
    const { bytes } = this.#column.text;
    const start = row * 16;
    for (let i = start; i < start + 16; i++) {
      if (bytes[i] !== 0) return snippet(ipv6Text(bytes, start));
    }
    return this.empty;
  }
}

/** One of the two arrays of a pod's labels. */
export class LabelsValue extends SnippetValue {
  readonly #column: Column;
  readonly #tables: () => NameTables;
  readonly #part: 'names' | 'values';
  #labels: NameTables['labels'] = new Map();

  constructor(
    key: string,
    source: { readonly column: Column; readonly tables: () => NameTables },
    part: 'names' | 'values',
  ) {
    super(key, [source.column], false);
    this.#column = source.column;
    this.#tables = source.tables;
    this.#part = part;
  }

  override bind(): void {
    this.#labels = this.#tables().labels;
  }

  override lookUp(row: number): Snippet | undefined {
    return this.#labels.get(this.#column.numbers[row] ?? 0)?.[this.#part];
  }
}
