import { z } from 'zod';
import { sentenceOf, unknownField } from '../../manifests/issue-sentences.ts';
import type { Place, YamlDocument } from '../../manifests/yaml-documents.ts';
import { OTHER_NAMES } from './option-names.ts';
import type { OptionReport } from './option-report.ts';

/** A value of server.yaml, and where it is. */
export interface Found<T> {
  readonly value: T;
  /** The option as it is written, with those around it: `sasl.enabled`. */
  readonly option: string;
  readonly place: Place;
  /** Why deepflow-server does not read an option with this name; undefined: it reads it. */
  readonly otherName?: string;
}

/** Where a map of options is. */
interface MapPlace {
  readonly document: YamlDocument;
  readonly path: readonly PropertyKey[];
  /** The option itself, empty for an exporter. */
  readonly option: string;
  /** Gets a line for each option that is unknown, empty or there twice. */
  readonly report: (line: OptionReport) => void;
  /** Gets a line for each option whose value cannot be read. */
  readonly refuse: (line: OptionReport) => void;
}

/** More is no list that people write, and each entry costs time. */
const ENTRIES_MAX = 256;

const record = z.record(z.string(), z.unknown());
const scalar = z.union([z.string(), z.number(), z.boolean(), z.null()], 'must be a text');
const bounded = <T>(entry: z.ZodType<T>): z.ZodType<readonly T[]> =>
  z.array(entry).max(ENTRIES_MAX);

const STOPS = 'deepflow-server does not start with this value';

/**
 * The options of a map in server.yaml, read as deepflow-server reads them (gopkg.in/yaml.v2): an empty option is as if it were
 * absent, and a number in place of a text is the text as it is written. What has another form is reported, and counts as absent.
 */
export class OptionMap {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #at: MapPlace;

  constructor(values: Readonly<Record<string, unknown>>, at: MapPlace) {
    this.#values = values;
    this.#at = at;
  }

  /** Where the map begins. */
  get place(): Place {
    return this.#at.document.place(this.#at.path);
  }

  /** True if the map has the option, under any name. */
  has(name: string): boolean {
    return this.#spellings(name).length > 0;
  }

  whole(name: string): Found<number> | undefined {
    return this.#read(name, z.int());
  }

  flag(name: string): Found<boolean> | undefined {
    return this.#read(name, z.boolean());
  }

  text(name: string): Found<string> | undefined {
    const found = this.#read(name, scalar);
    return found === undefined
      ? undefined
      : { ...found, value: this.#text(found.value, [this.#spelled(name)]) };
  }

  /** The texts of a list, each with its place. */
  texts(name: string): readonly Found<string>[] | undefined {
    const found = this.#read(name, bounded(scalar));
    return found?.value.map((value, i) => ({
      ...found,
      ...this.#entry(name, i),
      value: this.#text(value, [this.#spelled(name), i]),
    }));
  }

  map(name: string): Found<OptionMap> | undefined {
    const found = this.#read(name, record);
    return found === undefined
      ? undefined
      : { ...found, value: this.#below(found.value, [this.#spelled(name)], found.option) };
  }

  /** The maps of a list. */
  maps(name: string): readonly Found<OptionMap>[] | undefined {
    const found = this.#read(name, bounded(record));
    return found?.value.map((values, i) => {
      const entry = this.#entry(name, i);
      return {
        ...found,
        ...entry,
        value: this.#below(values, [this.#spelled(name), i], entry.option),
      };
    });
  }

  /** Reports each option that is not among the known ones, and each that is there under two names. */
  reportUnknown(known: readonly string[]): void {
    for (const name of Object.keys(this.#values)) {
      const { option = name } = this.#at.option === '' ? (OTHER_NAMES[name] ?? {}) : {};
      if (!known.includes(option)) {
        this.#at.report(
          this.#line(name, `${unknownField(name, known)}; deepflow-server ignores it`),
        );
      } else if (this.#spelled(option) !== name) {
        this.#at.report({
          ...this.#entry(name),
          outcome: 'no effect',
          becomes: 'nothing',
          note: `is also there as ${this.#spelled(option)}, which counts`,
        });
      }
    }
  }

  /** The place of an option, or of an entry of its list, for a line of the report. */
  #entry(name: string, ...rest: readonly number[]): { option: string; place: Place } {
    const spelled = this.#spelled(name);
    const { document, option, path } = this.#at;
    const full = option === '' ? spelled : `${option}.${spelled}`;
    return {
      option: `${full}${rest.map((i) => `[${i}]`).join('')}`,
      place: document.place([...path, spelled, ...rest]),
    };
  }

  /** The name that is in the file: that of deepflow-server if it is there. */
  #spelled(name: string): string {
    return this.#spellings(name)[0] ?? name;
  }

  #spellings(name: string): readonly string[] {
    const others = Object.entries(OTHER_NAMES)
      .filter(([, { option }]) => this.#at.option === '' && option === name)
      .map(([other]) => other);
    return [name, ...others].filter((each) => Object.hasOwn(this.#values, each));
  }

  #read<T>(name: string, schema: z.ZodType<T>): Found<T> | undefined {
    const spelled = this.#spelled(name);
    const value = this.#values[spelled];
    if (value === undefined) return undefined;
    if (isEmpty(value)) {
      this.#at.report({
        ...this.#entry(name),
        outcome: 'same',
        becomes: 'nothing',
        note: 'is empty, as if it were absent',
      });
      return undefined;
    }
    const parsed = schema.safeParse(value, { error: sentenceOf });
    if (parsed.success) {
      const other = spelled === name ? undefined : OTHER_NAMES[spelled];
      return {
        ...this.#entry(name),
        value: parsed.data,
        ...(other === undefined ? {} : { otherName: other.origin }),
      };
    }
    const [issue] = parsed.error.issues;
    const at = issue?.path[0] === undefined ? '' : `entry ${String(issue.path[0])} `;
    const end = issue?.code === 'too_big' ? '' : `; ${STOPS}`;
    this.#at.refuse(this.#line(spelled, `${at}${issue?.message ?? 'is not valid'}${end}`));
    return undefined;
  }

  #line(name: string, note: string): OptionReport {
    return { ...this.#entry(name), outcome: 'not converted', becomes: 'nothing', note };
  }

  #text(value: z.infer<typeof scalar>, path: readonly PropertyKey[]): string {
    if (typeof value === 'string') return value;
    if (value === null) return '';
    return this.#at.document.written([...this.#at.path, ...path]) ?? String(value);
  }

  #below(
    values: Readonly<Record<string, unknown>>,
    path: readonly PropertyKey[],
    option: string,
  ): OptionMap {
    return new OptionMap(values, { ...this.#at, path: [...this.#at.path, ...path], option });
  }
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  return value === null || (typeof value === 'object' && Object.keys(value).length === 0);
}
