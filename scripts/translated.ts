import { writeFileSync } from 'node:fs';
import { PROJECT, readTranslation } from './translations.ts';

// `npm run translated -- PAGE …`: marks translated pages as up to date with their sources. Run it after you have translated what
// has changed.
for (const page of process.argv.slice(2)) {
  const { behind, marked } = readTranslation(page);
  writeFileSync(new URL(page, PROJECT), marked);
  process.stderr.write(`${page}: ${behind.length === 0 ? 'was up to date' : behind.join(', ')}\n`);
}
