import { readdirSync, readFileSync } from 'node:fs';
import { instance } from '@viz-js/viz';

/** Where the pictures of the documents are, each as text (DOT) and as SVG. */
export const PICTURES = new URL('../docs/pictures/', import.meta.url);

/** The pictures by the name of their file, drawn by Graphviz. Their colours can be read on a light and on a dark page. */
export async function pictures(): Promise<ReadonlyMap<string, string>> {
  const viz = await instance();
  const sources = readdirSync(PICTURES).filter((file) => file.endsWith('.dot'));
  return new Map(
    sources.map((file) => [
      file.replace(/\.dot$/, '.svg'),
      viz.renderString(readFileSync(new URL(file, PICTURES), 'utf8'), { format: 'svg' }),
    ]),
  );
}
