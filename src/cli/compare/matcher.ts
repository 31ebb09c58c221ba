import { type Comparison, otherSide, type SideName } from './comparison.ts';
import type { IdentifiedRecord } from './identify.ts';
import { noteOnly, notePair, type Notes, type Unmatched } from './note-differences.ts';

/** Two hashes, an object and its place in a map, and the lists in which records without a partner are put together. */
const ENTRY_BYTES = 500;
/** V8 keeps such texts with two bytes for a character. */
const WIDE = /[^\u0000-\u00ff]/;

interface Entry {
  readonly key: string;
  readonly place: number;
  readonly count: Record<SideName, number>;
  /** Undefined as soon as both sides have the content: then nobody asks for it. */
  text: string | undefined;
  isInside: boolean;
  earliestMs: number;
  latestMs: number;
}

/** A record of one side, with the timestamp of its message. */
export interface MatchedRecord extends IdentifiedRecord {
  readonly side: SideName;
  readonly timeMs: number;
  /** False: it is outside the time range, and only there to be the partner of a record that is inside. */
  readonly isInside: boolean;
}

/**
 * Matches the records of a range of keys by content. It holds each content once, and its text only while one side alone has it.
 * When it would hold more than `bytesMax`, it gives up the upper half of its range, whose records must then be read again.
 */
export class Matcher {
  readonly #start: number;
  readonly #bytesMax: number;
  readonly #entries = new Map<string, Entry>();
  #end: number;
  #bytes = 0;

  constructor(range: { readonly start: number; readonly end: number }, bytesMax: number) {
    this.#start = range.start;
    this.#end = range.end;
    this.#bytesMax = bytesMax;
  }

  /** The end of the range that is matched completely. */
  get end(): number {
    return this.#end;
  }

  /** @throws Error when the records of a single place do not fit. */
  add({ key, content, place, text, side, timeMs, isInside }: MatchedRecord): void {
    if (place < this.#start || place >= this.#end) return;
    const known = this.#entries.get(content);
    if (known !== undefined) {
      known.count[side]++;
      known.isInside ||= isInside;
      known.earliestMs = Math.min(known.earliestMs, timeMs);
      known.latestMs = Math.max(known.latestMs, timeMs);
      if (known.count[otherSide(side)] > 0 && known.text !== undefined) {
        this.#bytes -= textBytes(known.text);
        known.text = undefined;
      }
      return;
    }
    const count = { left: 0, right: 0, [side]: 1 };
    const times = { earliestMs: timeMs, latestMs: timeMs };
    this.#entries.set(content, { key, place, count, text, isInside, ...times });
    this.#bytes += ENTRY_BYTES + textBytes(text);
    while (this.#bytes > this.#bytesMax) this.#giveUpHalf();
  }

  #giveUpHalf(): void {
    const places = this.#end - this.#start;
    if (places <= 1) {
      throw new Error(
        'records of a single key do not fit into the memory: name more fields with --key, or increase --memory',
      );
    }
    this.#end = this.#start + Math.ceil(places / 2);
    for (const [content, { place, text }] of this.#entries) {
      if (place < this.#end) continue;
      this.#entries.delete(content);
      this.#bytes -= ENTRY_BYTES + textBytes(text);
    }
  }

  /** Counts what was matched into `notes`, in the order of keys, so that the result does not depend on the ranges. */
  settle(notes: Notes): void {
    const unmatched = new Map<string, Record<SideName, Unmatched[]>>();
    for (const { key, count, text, ...times } of this.#entries.values()) {
      if (count.left > 0 && count.right > 0) {
        if (times.isInside) noteEqual(notes.comparison, count);
        continue;
      }
      const side = count.left > 0 ? 'left' : 'right';
      const ofKey = unmatched.get(key) ?? { left: [], right: [] };
      ofKey[side].push({ text: text ?? '', count: count[side], ...times });
      unmatched.set(key, ofKey);
    }
    for (const key of [...unmatched.keys()].sort()) {
      const ofKey = unmatched.get(key);
      if (ofKey !== undefined) settleKey(notes, ofKey);
    }
  }
}

function noteEqual(comparison: Comparison, { left, right }: Entry['count']): void {
  comparison.equal += Math.min(left, right);
  comparison.left.repeated += Math.max(0, left - right);
  comparison.right.repeated += Math.max(0, right - left);
}

function settleKey(notes: Notes, ofKey: Record<SideName, Unmatched[]>): void {
  const left = ofKey.left.sort(byText);
  const right = ofKey.right.sort(byText);
  const pairs = Math.min(left.length, right.length);
  if (pairs > 0 && left.length + right.length > 2) notes.comparison.ambiguousKeys++;
  for (let at = 0; at < pairs; at++) {
    const [a, b] = [left[at], right[at]];
    if (a === undefined || b === undefined) break;
    if (!a.isInside && !b.isInside) continue;
    notePair(notes, a, b);
  }
  for (const side of ['left', 'right'] as const) {
    for (const each of (side === 'left' ? left : right).slice(pairs)) {
      if (!each.isInside) {
        notes.comparison.atEdges += each.count;
        continue;
      }
      noteOnly(notes, side, each);
    }
  }
}

function byText({ text: a }: Unmatched, { text: b }: Unmatched): number {
  return a < b ? -1 : 1;
}

function textBytes(text: string | undefined): number {
  if (text === undefined) return 0;
  return WIDE.test(text) ? text.length * 2 : text.length;
}
