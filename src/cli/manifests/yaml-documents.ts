import {
  boolYaml11Tag,
  constructFromEvents,
  EVENT_ID,
  type Event,
  FAILSAFE_SCHEMA,
  floatYaml11Tag,
  getScalarValue,
  intYaml11Tag,
  mergeTag,
  nullYaml11Tag,
  parseEvents,
  YAMLException,
} from 'js-yaml';

/** A place in a text, both numbers counted from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** A document of a YAML file. */
export interface YamlDocument {
  readonly value: unknown;
  /** The place of the field at a path, or of the nearest field around it that is written in the text. */
  place(path: readonly PropertyKey[]): Place;
  /**
   * The text or number at a path as it is written, without quotation marks: `010` where the value is 8. Undefined for a map, a
   * list, and what is not there.
   */
  written(path: readonly PropertyKey[]): string | undefined;
}

/** A text that is not YAML, or that would take too much memory. Its message says what is wrong, without the place. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/**
 * YAML as kubectl reads it, which is version 1.1: `yes` and `on` are true, and `010` is 8. Other than in version 1.1, times
 * stay texts.
 *
 * @see https://github.com/kubernetes-sigs/yaml
 */
const KUBECTL_SCHEMA = FAILSAFE_SCHEMA.withTags(
  nullYaml11Tag,
  boolYaml11Tag,
  intYaml11Tag,
  floatYaml11Tag,
  mergeTag,
);

/** Values of a document, those that aliases repeat counted each time. No file that people write comes near. */
const VALUES_MAX = 1_000_000;

/**
 * The documents of a YAML or JSON text, also empty ones.
 *
 * @throws YamlError
 */
export function yamlDocuments(text: string): readonly YamlDocument[] {
  const places = new Places(text);
  try {
    const events = parseEvents(text, {});
    const roots = [...documentNodes(text, events)];
    const large = roots.find((root) => root !== undefined && root.values > VALUES_MAX);
    if (large !== undefined) {
      throw new YamlError(`aliases make more than ${VALUES_MAX} values`, places.at(large.start));
    }
    const values = constructFromEvents(events, { source: text, schema: KUBECTL_SCHEMA });
    return values.map((value, i) => ({
      value,
      place: (path) => places.at(startOf(roots[i], path)),
      written: (path) => nodeAt(roots[i], path)?.written,
    }));
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    throw new YamlError(error.reason, places.at(error.mark?.position ?? 0));
  }
}

/** A value in the text, with the offsets at which it and its entries begin. */
interface TextNode {
  start: number;
  /** How many values it has, itself included. */
  values: number;
  readonly entries: Map<string, { readonly start: number; readonly node: TextNode }>;
  /** Of a scalar: see {@link YamlDocument.written}. */
  readonly written?: string;
}

function nodeAt(root: TextNode | undefined, path: readonly PropertyKey[]): TextNode | undefined {
  let node = root;
  for (const step of path) node = node === undefined ? undefined : entryOf(node, String(step));
  return node;
}

/** An entry of a node itself, or of the maps that it merges. */
function entryOf(node: TextNode, step: string): TextNode | undefined {
  const own = node.entries.get(step)?.node;
  const merged = node.entries.get(MERGE)?.node;
  if (own !== undefined || merged === undefined) return own;
  const maps = [merged, ...[...merged.entries.values()].map((entry) => entry.node)];
  return maps.map(({ entries }) => entries.get(step)?.node).find((found) => found !== undefined);
}

/** @see https://yaml.org/type/merge.html */
const MERGE = '<<';

function startOf(root: TextNode | undefined, path: readonly PropertyKey[]): number {
  let node = root;
  let start = root?.start ?? 0;
  for (const step of path) {
    const entry = node?.entries.get(String(step));
    if (entry === undefined) break;
    ({ start, node } = entry);
  }
  return start;
}

/** The root of each document; undefined for an empty one. */
function* documentNodes(text: string, events: readonly Event[]): Generator<TextNode | undefined> {
  const anchors = new Map<string, TextNode>();
  let at = 0;
  const next = (): Event | undefined => events[at++];

  /** Reads the value that begins with an event; undefined: the collection around it ends. */
  const read = (event: Event | undefined): TextNode | undefined => {
    if (event === undefined || event.type === EVENT_ID.POP || event.type === EVENT_ID.DOCUMENT) {
      return undefined;
    }
    if (event.type === EVENT_ID.ALIAS) {
      const target = anchors.get(text.slice(event.anchorStart, event.anchorEnd));
      return { start: event.anchorStart, values: 1, entries: new Map(), ...withoutStart(target) };
    }
    const start = event.type === EVENT_ID.SCALAR ? event.valueStart : event.start;
    const node: TextNode = {
      start,
      values: 1,
      entries: new Map(),
      ...(event.type === EVENT_ID.SCALAR ? { written: getScalarValue(text, event) } : {}),
    };
    if (event.anchorStart >= 0) anchors.set(text.slice(event.anchorStart, event.anchorEnd), node);
    if (event.type === EVENT_ID.SEQUENCE) readItems(node);
    if (event.type === EVENT_ID.MAPPING) readPairs(node);
    return node;
  };
  const readItems = (node: TextNode): void => {
    for (let i = 0, item = read(next()); item !== undefined; i++, item = read(next())) {
      node.values += item.values;
      node.entries.set(String(i), { start: item.start, node: item });
    }
  };
  const readPairs = (node: TextNode): void => {
    for (let event = next(); event !== undefined && event.type !== EVENT_ID.POP; event = next()) {
      const key = read(event);
      const value = read(next());
      if (key === undefined || value === undefined) return;
      node.values += value.values;
      if (event.type !== EVENT_ID.SCALAR) continue;
      node.entries.set(getScalarValue(text, event), { start: key.start, node: value });
    }
  };

  for (let event = next(); event !== undefined; event = next()) {
    if (event.type !== EVENT_ID.DOCUMENT) continue;
    anchors.clear();
    const root = read(next());
    yield root;
    if (root !== undefined) at++;
  }
}

function withoutStart(node: TextNode | undefined): Partial<TextNode> {
  if (node === undefined) return {};
  const { entries, values, written } = node;
  return { values, entries, ...(written === undefined ? {} : { written }) };
}

/** Offsets of a text as places. */
class Places {
  /** The offset of each line. */
  readonly #lines: readonly number[];

  constructor(text: string) {
    this.#lines = [
      0,
      ...[...text.matchAll(/\r\n|\n|\r/g)].map(({ 0: end, index }) => index + end.length),
    ];
  }

  at(offset: number): Place {
    const after = this.#lines.findIndex((start) => start > offset);
    const line = after === -1 ? this.#lines.length : after;
    return { line, column: offset - (this.#lines[line - 1] ?? 0) + 1 };
  }
}
