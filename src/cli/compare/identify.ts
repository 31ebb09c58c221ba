import { hash } from 'node:crypto';
import { z } from 'zod';
import { exactFields } from './exact-record.ts';

/** Which fields identify a record, and which are not compared. */
export interface RecordRules {
  /** A record without the first of them is identified by its whole content. */
  readonly key: readonly string[];
  readonly ignored: ReadonlySet<string>;
}

/** A record, ready to be matched. */
export interface IdentifiedRecord {
  /** A hash of the key, or of the content. */
  readonly key: string;
  /** A hash of what is compared. */
  readonly content: string;
  /** Where the key is in the space of keys: 0 to {@link KEY_SPACE} - 1. */
  readonly place: number;
  /** What is compared, for {@link fieldsOf}. */
  readonly text: string;
  /** What the record was identified by, and why it was not by its key. */
  readonly by: 'key' | 'content' | 'bytes';
}

/** The number of places of keys. */
export const KEY_SPACE = 0x1_0000_0000;
/** Begins the text of a record that is no JSON object. */
const NOT_JSON = '!';

/** Finds out what identifies a record, and what of it is compared. The bytes of what is no JSON object are compared as they are. */
export function identify(value: Buffer, { key, ignored }: RecordRules): IdentifiedRecord {
  const fields = exactFields(value.toString('utf8'));
  if (fields === undefined) {
    const text = `${NOT_JSON}${value.toString('latin1')}`;
    const content = hash('sha256', text, 'hex');
    return { key: content, content, place: placeOf(content), text, by: 'bytes' };
  }
  const compared = fields.filter(([name]) => !ignored.has(name));
  const text = JSON.stringify(compared);
  const content = hash('sha256', text, 'hex');
  const [first] = key;
  if (first === undefined || fields.every(([name]) => name !== first)) {
    return { key: content, content, place: placeOf(content), text, by: 'content' };
  }
  const values = new Map(fields);
  const named = key.map((name) => values.get(name) ?? null);
  const keyHash = hash('sha256', JSON.stringify(named), 'hex');
  // Records of another key may differ in ignored fields alone: the key belongs to what tells contents apart.
  const told = hash('sha256', `${keyHash}${content}`, 'hex');
  return { key: keyHash, content: told, place: placeOf(keyHash), text, by: 'key' };
}

function placeOf(hex: string): number {
  return Number.parseInt(hex.slice(0, 8), 16);
}

const textSchema = z.array(z.tuple([z.string(), z.string()]));

/** The fields of a record's text and their values as JSON. Undefined: it is no JSON object. */
export function fieldsOf(text: string): ReadonlyMap<string, string> | undefined {
  if (text.startsWith(NOT_JSON)) return undefined;
  return new Map(textSchema.parse(JSON.parse(text)));
}

/** A short name of a record for people: the fields of its key, or the beginning of its content. */
export function labelOf(text: string, key: readonly string[]): string {
  const fields = fieldsOf(text);
  if (fields === undefined) {
    return Buffer.from(text.slice(NOT_JSON.length), 'latin1').toString('utf8');
  }
  const named = key.filter((name) => fields.has(name));
  const shown = named.length > 0 ? named : [...fields.keys()];
  return shown.map((name) => `${name}=${fields.get(name) ?? ''}`).join(' ');
}
