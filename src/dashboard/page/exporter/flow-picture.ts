import { h, type ComponentChild } from 'preact';
import type { ExporterDetails } from '../../contract/exporter-details.ts';
import { type FlowBox, flowLayout } from './flow-layout.ts';

/** Where the first line of text stands in its box, and how far the next one is below it. */
const TEXT = { x: 10, y: 22, line: 18 };

/** The way of the data as a picture. Each box says its state in words; colour and dashes repeat it. */
export function flowPicture(details: ExporterDetails): ComponentChild {
  const { boxes, headings, height, label, lines, width } = flowLayout(details);
  return h(
    'div',
    { class: 'wide', role: 'region', 'aria-label': 'Picture', tabIndex: 0 },
    h(
      'svg',
      { class: 'flow', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label },
      ...headings.map(({ text, x }) => h('text', { class: 'heading', x, y: 18 }, text)),
      ...lines.map(({ needsAttention, path }) =>
        h('path', { class: needsAttention ? 'attention' : '', d: path }),
      ),
      ...boxes.map(box),
    ),
  );
}

function box({ height, lines, needsAttention, width, x, y }: FlowBox): ComponentChild {
  return h(
    'g',
    { class: needsAttention ? 'attention' : '' },
    h('rect', { x, y, width, height, rx: 6 }),
    ...lines.map((text, i) =>
      h(
        'text',
        { class: i === 0 ? 'name' : '', x: x + TEXT.x, y: y + TEXT.y + i * TEXT.line },
        text,
      ),
    ),
  );
}
