import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The folder of the project, as URLs of pages begin. */
export const PROJECT = new URL('../', import.meta.url);

/** The first line of a translated page: its source and, once it is marked, a hash for each section of the source. */
const HEAD = /^<!-- translation of (?<source>\S+?)(?:: (?<hashes>[^>]*?))? -->\n/;

/** A translated page, and the sections of its source. */
export interface Translation {
  /** Path of the source in the project. */
  readonly source: string;
  /** Names of sections that have changed since the page was marked, are new, or are gone. */
  readonly behind: readonly string[];
  /** The text of the page, marked as a translation of the source as it is now. */
  readonly marked: string;
}

/**
 * Compares a translated page with its source.
 *
 * @param page path in the project.
 * @throws when the page does not begin with the name of its source.
 */
export function readTranslation(page: string): Translation {
  const text = readFileSync(new URL(page, PROJECT), 'utf8');
  const { hashes = '', source } = HEAD.exec(text)?.groups ?? {};
  if (source === undefined) throw new Error(`${page} must begin with <!-- translation of PAGE -->`);
  const now = sectionHashes(readFileSync(new URL(source, PROJECT), 'utf8'));
  const known = new Set(hashes.split(' '));
  const nowHashes = new Set(now.values());
  const changed = [...now].flatMap(([name, hash]) => (known.has(hash) ? [] : [name]));
  const gone = [...known].some((hash) => hash !== '' && !nowHashes.has(hash));
  return {
    source,
    behind: changed.length === 0 && gone ? ['a section that is gone'] : changed,
    marked: text.replace(
      HEAD,
      `<!-- translation of ${source}: ${[...now.values()].join(' ')} -->\n`,
    ),
  };
}

/** The hash of each section, by its heading; what stands before the first one is called `the beginning`. */
function sectionHashes(text: string): ReadonlyMap<string, string> {
  const sections = text.split(/^(?=#{2,3} )/m);
  return new Map(
    sections.map((section, i) => {
      const heading = /^#{2,3} (.*)$/m.exec(section)?.[1] ?? '';
      const hash = createHash('sha256').update(section.trim()).digest('hex').slice(0, 8);
      return [i === 0 ? 'the beginning' : heading, hash];
    }),
  );
}
