import { type DataSource, hasBothSides, tableOf } from '../data-sources.ts';
import type { Field } from './fields.ts';
import type { MeaningRow } from './meaning-row.ts';
import { METRIC_MEANINGS } from './meanings-metrics.ts';
import { TAG_MEANINGS } from './meanings-tags.ts';

/** The meaning of a field. */
export interface Meaning {
  /** Undefined: the field has no unit. */
  readonly unit: string | undefined;
  /** A sentence in Markdown. */
  readonly text: string;
}

const MEANINGS: Readonly<Record<string, MeaningRow>> = { ...TAG_MEANINGS, ...METRIC_MEANINGS };

/**
 * The meaning of a field of a data source's records. Undefined: the meaning is not known. The key
 * of a meaning is for the data source (`event.file_event/name`), for its database (`event/name`) or
 * for all (`name`). Names with a side (`name_0`) may use the meaning of `name`. The words in braces
 * are replaced with words for the record and the side.
 */
export function meaningOf(field: Field, dataSource: DataSource): Meaning | undefined {
  const name = field.name.replace(/ .*$/, '');
  const base = name.replace(/_[01]$/, '');
  const { database } = tableOf(dataSource);
  const key = [name, base]
    .flatMap((each) => [`${dataSource}/${each}`, `${database}/${each}`, each])
    .find((each) => Object.hasOwn(MEANINGS, each));
  const row = key === undefined ? undefined : MEANINGS[key];
  if (row === undefined) return undefined;
  const [unit, text] = typeof row === 'string' ? [undefined, row] : row;
  const words = wordsOf(field.name, dataSource);
  return { unit, text: text.replace(/\{(\w+)\}/g, (_, word: string) => words.get(word) ?? word) };
}

function wordsOf(name: string, dataSource: DataSource): ReadonlyMap<string, string> {
  const isServer = name.endsWith('_1');
  const both = isServer ? 'the server' : 'the client';
  const one = dataSource.startsWith('event.') ? 'the process' : 'the endpoint';
  return new Map([
    ['side', hasBothSides(dataSource) ? both : one],
    ['end', isServer ? 'destination' : 'source'],
    ['sender', hasBothSides(dataSource) ? 'the client' : one],
    ['actor', name.endsWith('_rx') ? 'the server' : 'the client'],
  ]);
}
