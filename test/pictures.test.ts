import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { PICTURES, pictures } from '../scripts/pictures.ts';
import { SHOT_BYTES_MAX, SHOTS } from '../scripts/screenshots/dashboard-shots.ts';

test('the pictures of the documents are what npm run generate draws', async () => {
  const drawn = await pictures();
  const files = readdirSync(PICTURES).filter((file) => file.endsWith('.svg'));
  expect([...drawn.keys()].toSorted()).toEqual(files.toSorted());
  for (const [file, picture] of drawn) {
    expect(readFileSync(new URL(file, PICTURES), 'utf8'), file).toBe(picture);
  }
});

/** Every page as its text. */
function pages(): readonly string[] {
  const docs = new URL('../docs/', import.meta.url);
  const names = readdirSync(docs).filter((file) => file.endsWith('.md'));
  const all = [
    new URL('../README.md', import.meta.url),
    ...names.map((file) => new URL(file, docs)),
  ];
  return all.map((page) => readFileSync(page, 'utf8'));
}

/** The files that pages show with words for who cannot see them, and those that stand for one of these on a dark page. */
function shownFiles(): readonly string[] {
  const forms = [
    /!\[.{40,}\]\((?:docs\/)?pictures\/(.+)\)/g,
    /<img src="pictures\/([^"]+)" width="\d+" height="\d+" alt="[^"]{40,}">/g,
    /<source media="\(prefers-color-scheme: dark\)" srcset="pictures\/([^"]+)">\n +<img /g,
  ];
  return pages().flatMap((page) =>
    forms.flatMap((form) => [...page.matchAll(form)].map(([, file = '']) => file)),
  );
}

test('each picture is on a page, with words for who cannot see it', () => {
  const files = readdirSync(PICTURES).filter((file) => !file.endsWith('.dot'));
  expect(shownFiles().toSorted()).toEqual(files.toSorted());
});

test('the pictures of the dashboard are those that npm run screenshots takes', () => {
  const files = readdirSync(PICTURES).filter((file) => file.endsWith('.png'));
  expect(files.toSorted()).toEqual(SHOTS.map(({ file }) => file).toSorted());
});

test.each(SHOTS.map((shot) => [shot.file, shot] as const))(
  '%s is a small PNG of the size that the page says',
  (file, { height, width }) => {
    const png = readFileSync(new URL(file, PICTURES));
    expect(png.length).toBeLessThanOrEqual(SHOT_BYTES_MAX);
    // https://www.w3.org/TR/png/#5PNG-file-signature, and the first chunk, which has the size.
    expect(png.subarray(0, 8).toString('latin1')).toBe('\u0089PNG\r\n\u001a\n');
    expect(png.subarray(12, 16).toString('latin1')).toBe('IHDR');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([width, height]);
    // Its last chunk: it is whole.
    expect(png.subarray(-8, -4).toString('latin1')).toBe('IEND');
    const light = file.replace('-dark', '-light');
    const shown = `<img src="pictures/${light}" width="${width}" height="${height}"`;
    expect(pages().some((page) => page.includes(shown))).toBe(true);
  },
);
