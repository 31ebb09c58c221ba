import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkManifest, manifestsIn } from '../src/cli/manifests/check-manifest.ts';
import { yamlDocuments } from '../src/cli/manifests/yaml-documents.ts';

const ROOT = join(import.meta.dirname, '..');
const PAGES = [
  'README.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
];

/** The YAML blocks of a page. */
function blocksOf(page: string): readonly string[] {
  const text = readFileSync(join(ROOT, page), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, block = '']) => block);
}

describe.each(PAGES.filter((page) => blocksOf(page).length > 0))('%s', (page) => {
  test('has only YAML that can be parsed, and KafkaExporters that validate accepts', () => {
    for (const block of blocksOf(page)) {
      for (const { value } of yamlDocuments(block)) {
        for (const manifest of manifestsIn(value)) {
          expect(checkManifest(manifest.value), block).toMatchObject({ kind: 'valid' });
        }
      }
    }
  });
});
