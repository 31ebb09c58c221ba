import type { Bounded, ExporterDetails, PartState } from '../../contract/exporter-details.ts';

/** A box of the picture. Sizes are in units of the picture. */
export interface FlowBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly string[];
  readonly needsAttention: boolean;
}

/** A line between boxes, as an SVG path. */
interface FlowLine {
  readonly path: string;
  readonly needsAttention: boolean;
}

/** The way of the data, laid out. */
export interface FlowLayout {
  readonly width: number;
  readonly height: number;
  readonly headings: readonly { readonly x: number; readonly text: string }[];
  readonly boxes: readonly FlowBox[];
  readonly lines: readonly FlowLine[];
  /** All of it in a sentence. */
  readonly label: string;
}

/** Boxes of a column; further ones are one box that says how many. */
export const DRAWN_MAX = 8;

const COLUMNS = [
  { x: 2, width: 190, characters: 26 },
  { x: 290, width: 240, characters: 33 },
  { x: 634, width: 324, characters: 45 },
] as const;
const WIDTH = 960;
const TOP = 34;
const LINE = 18;
const PADDING = 8;
const GAP = 10;
/** Where the lines from the second column meet. */
const JUNCTION = 582;

interface Entry {
  readonly lines: readonly string[];
  readonly needsAttention: boolean;
}

/** Lays out the way of the data: source, then shards (or pods, if records are pushed), then topics. */
export function flowLayout(details: ExporterDetails): FlowLayout {
  const { kafka, source, topics } = details;
  const middle = middleOf(details);
  const columns = [
    [sourceEntry(details)],
    drawn(middle.entries, middle.more, middle.none),
    drawn(
      topics.shown.map((topic) => ({
        needsAttention: topic.needsAttention,
        lines: [topic.topic, `${topic.recordsText} records/s, lag ${topic.lagText}`, topic.state],
      })),
      topics.more,
      'no topic is known',
    ),
  ];
  const height = TOP + Math.max(...columns.map(heightOf)) + PADDING;
  const placed = COLUMNS.map((column, i) => boxesOf(columns[i] ?? [], column, height));
  const kafkaText = `Kafka: ${kafka.state}`;
  return {
    width: WIDTH,
    height,
    headings: [
      { x: COLUMNS[0].x, text: `${source.kind}: ${source.state}` },
      { x: COLUMNS[1].x, text: middle.heading },
      { x: COLUMNS[2].x, text: kafkaText },
    ],
    boxes: placed.flat(),
    lines: linesOf(placed, height),
    label: `${source.kind}, ${source.state}; ${middle.heading}; ${kafkaText}; ${topicsText(topics)}. The tables below say the same.`,
  };
}

function sourceEntry({ source }: ExporterDetails): Entry {
  const { dataSources, kind, needsAttention, state } = source;
  const sources =
    dataSources.length === 1 ? (dataSources[0] ?? '') : `${dataSources.length} data sources`;
  return { lines: [kind === 'HTTP' ? 'HTTP pushes' : kind, sources, state], needsAttention };
}

interface Middle {
  readonly heading: string;
  readonly entries: readonly Entry[];
  readonly more: number;
  readonly none: string;
}

function middleOf({ pods, shards, source }: ExporterDetails): Middle {
  if (source.kind === 'HTTP') {
    const { more = 0, shown = [] } = pods ?? {};
    const entries = shown.map(({ name, needsAttention, recordsText, state }) => ({
      lines: [name, `${recordsText} records/s, ${state}`],
      needsAttention,
    }));
    return { heading: `Pods: ${counted(entries, more)}`, entries, more, none: 'no pod is known' };
  }
  const entries = shards.shown.map(({ lagText, needsAttention, pod, shard, state }) => ({
    lines: [`shard ${shard}, lag ${lagText}`, pod ?? state],
    needsAttention,
  }));
  const without = entries.filter(({ needsAttention }) => needsAttention).length;
  const heading = `Shards: ${counted(entries, shards.more)}${without === 0 ? '' : `, ${without} without a pod`}`;
  return { heading, entries, more: shards.more, none: 'their number is not known' };
}

function counted(entries: readonly Entry[], more: number): string {
  return entries.length === 0 ? 'not known' : String(entries.length + more);
}

function topicsText({ more, shown }: Bounded<PartState>): string {
  const bad = shown.filter(({ needsAttention }) => needsAttention).length;
  const all = shown.length + more;
  return `${all} ${all === 1 ? 'topic' : 'topics'}${bad === 0 ? '' : `, of which ${bad} ${bad === 1 ? 'needs' : 'need'} attention`}`;
}

function drawn(entries: readonly Entry[], more: number, none: string): readonly Entry[] {
  const first = entries.slice(0, DRAWN_MAX);
  const rest = entries.slice(DRAWN_MAX);
  const left = rest.length + more;
  if (entries.length === 0) return [{ lines: [none], needsAttention: false }];
  if (left === 0) return first;
  const needsAttention = rest.some((entry) => entry.needsAttention);
  return [...first, { lines: [`and ${left} more`], needsAttention }];
}

function heightOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, { lines }) => sum + boxHeight(lines) + GAP, -GAP);
}

function boxHeight(lines: readonly string[]): number {
  return lines.length * LINE + PADDING * 2;
}

function boxesOf(
  entries: readonly Entry[],
  { characters, width, x }: (typeof COLUMNS)[number],
  height: number,
): readonly FlowBox[] {
  let y = TOP + (height - TOP - PADDING - heightOf(entries)) / 2;
  return entries.map(({ lines, needsAttention }) => {
    const box = { x, y, width, height: boxHeight(lines), needsAttention };
    y += box.height + GAP;
    return { ...box, lines: lines.map((line) => shortened(line, characters)) };
  });
}

/** Names that belong together differ at their ends. */
function shortened(text: string, characters: number): string {
  return text.length > characters ? `…${text.slice(1 - characters)}` : text;
}

function linesOf(
  [source = [], middle = [], topics = []]: readonly (readonly FlowBox[])[],
  height: number,
): readonly FlowLine[] {
  const junction = { x: JUNCTION, y: TOP + (height - TOP - PADDING) / 2 };
  return [
    ...source.flatMap((from) => middle.map((to) => line(right(from), left(to), to))),
    ...middle.map((from) => line(right(from), junction, from)),
    ...topics.map((to) => line(junction, left(to), to)),
  ];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

function line(from: Point, to: Point, { needsAttention }: FlowBox): FlowLine {
  const middle = (from.x + to.x) / 2;
  return {
    path: `M${from.x} ${from.y}C${middle} ${from.y} ${middle} ${to.y} ${to.x} ${to.y}`,
    needsAttention,
  };
}

function left({ height, x, y }: FlowBox): Point {
  return { x, y: y + height / 2 };
}

function right(box: FlowBox): Point {
  return { x: box.x + box.width, y: left(box).y };
}
