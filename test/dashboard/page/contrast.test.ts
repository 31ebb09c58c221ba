import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const STYLE = readFileSync(
  new URL('../../../src/dashboard/page/style.css', import.meta.url),
  'utf8',
);
/** Colours by their name: on a light page, and on a dark one. */
const COLOURS = new Map(
  [...STYLE.matchAll(/--(\w+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(
    ([, name = '', light = '', dark = '']) => [name, [light, dark] as const],
  ),
);

/** @see https://www.w3.org/TR/WCAG22/#dfn-relative-luminance */
function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(a: string, b: string): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].toSorted((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

test.each(['text', 'quiet', 'well', 'attention', 'lag', 'records', 'errors'])(
  'the colour "%s" can be read on the page and on a card, light and dark',
  (name) => {
    for (const ground of ['back', 'card']) {
      for (const scheme of [0, 1] as const) {
        const [text = '', under = ''] = [
          COLOURS.get(name)?.[scheme],
          COLOURS.get(ground)?.[scheme],
        ];
        expect(contrast(text, under)).toBeGreaterThanOrEqual(4.5);
      }
    }
  },
);
