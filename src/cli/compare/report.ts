import { visibleText } from '../../lib/visible-text.ts';
import { textTable } from '../text-table.ts';
import type { ComparisonDocument } from './comparison-document.ts';

/** The forms of a report. */
export const REPORT_FORMS = ['text', 'markdown', 'json'] as const;

type ReportForm = (typeof REPORT_FORMS)[number];

/** Characters that a terminal may obey, without the line break that the form itself has. */
const CONTROLS = /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu;

/** The report of a comparison, without characters that control a terminal. */
export function reportOf(document: ComparisonDocument, form: ReportForm): string {
  switch (form) {
    case 'json':
      return `${JSON.stringify(document, null, 2).replaceAll(CONTROLS, escaped)}\n`;
    case 'markdown':
      return sectionsOf(document).map(markdownSection).join('\n');
    case 'text':
      return sectionsOf(document).map(textSection).join('\n');
  }
}

function escaped(character: string): string {
  if (character === '\n') return character;
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

interface Section {
  readonly title: string;
  readonly sentences: readonly string[];
  /** The first row is the head. Empty: there is no table. */
  readonly rows: readonly (readonly string[])[];
}

function sectionsOf(document: ComparisonDocument): readonly Section[] {
  const { differing, fields, left, right } = document;
  const sections: Section[] = [
    {
      title: `Comparison of ${left.topic} and ${right.topic}`,
      sentences: headSentences(document),
      rows: countRows(document),
    },
  ];
  if (fields.length > 0) {
    sections.push({
      title: 'Fields that differ',
      sentences: [`Of ${countOf(differing, 'pair')} of records with the same key:`],
      rows: fieldRows(document),
    });
  }
  for (const [side, { only, onlyEarliest, onlyExamples, onlyLatest, topic }] of [
    ['left', left],
    ['right', right],
  ] as const) {
    if (only === 0) continue;
    const times = onlyEarliest === null ? '' : `, from ${onlyEarliest} to ${onlyLatest ?? ''}`;
    sections.push({
      title: `Only in the ${side} topic, ${topic}`,
      sentences: [`${countOf(only, 'record')}${times}, such as:`],
      rows: [['record'], ...onlyExamples.map((example) => [example])],
    });
  }
  return sections;
}

function headSentences(document: ComparisonDocument): readonly string[] {
  const { ambiguousKeys, atEdges, from, ignored, key, left, passes, right, same, to } = document;
  const withoutKey = left.withoutKey + right.withoutKey;
  const notJson = left.notJson + right.notJson;
  const sentences = [
    same ? 'Both topics have the same records.' : 'The topics differ.',
    from === null && to === null
      ? 'Time range: all messages.'
      : `Time range of the messages: ${from ?? 'the beginning'} to ${to ?? 'the end'}, with partners up to ${document.marginSeconds} s around it.`,
    `Key: ${key.join(', ')}.${ignored.length === 0 ? '' : ` Ignored: ${ignored.join(', ')}.`}`,
    `Passes over the topics: ${passes}.`,
  ];
  if (withoutKey > 0) {
    sentences.push(
      `${countOf(withoutKey, 'record')} without ${key[0] ?? 'a key'}: compared as a whole, so that a difference counts as only left and only right.`,
    );
  }
  if (notJson > 0)
    sentences.push(`${countOf(notJson, 'record')} without valid JSON: compared as bytes.`);
  if (atEdges > 0) {
    sentences.push(
      `${countOf(atEdges, 'record')} at the edges of the range without a partner: not counted.`,
    );
  }
  if (ambiguousKeys > 0) {
    sentences.push(
      `${countOf(ambiguousKeys, 'key')} with several differing records: which of them belong together is not sure; name more fields with --key.`,
    );
  }
  return sentences;
}

function countRows({ differing, equal, left, right }: ComparisonDocument): Section['rows'] {
  return [
    ['', 'left', 'right'],
    ['records read', String(left.records), String(right.records)],
    ['equal', String(equal), String(equal)],
    ['differing', String(differing), String(differing)],
    ['only here', String(left.only), String(right.only)],
    ['repeated', String(left.repeated), String(right.repeated)],
  ];
}

function fieldRows({ fields }: ComparisonDocument): Section['rows'] {
  const rows = fields.map(({ count, examples, field, onlyLeft, onlyRight, values }) => {
    const [example] = examples;
    const shown = [example?.left, example?.right].map((value) => value ?? '(absent)');
    const counts = [count, values, onlyLeft, onlyRight].map(String);
    return [field, ...counts, ...shown, example?.record ?? ''];
  });
  const head = [
    'field',
    'count',
    'values',
    'only left',
    'only right',
    'left, such as',
    'right',
    'record',
  ];
  return [head, ...rows];
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function textSection({ rows, sentences, title }: Section): string {
  const lines = [title, ...sentences].map((line) => `${visibleText(line)}\n`).join('');
  return `${lines}${textTable(rows.map((row) => row.map(visibleText)))}`;
}

function markdownSection({ rows, sentences, title }: Section): string {
  const [head = [], ...body] = rows.map((row) => row.map(markdownText));
  const lines = [head, head.map(() => '---'), ...body].map((row) => `| ${row.join(' | ')} |\n`);
  const list = sentences.map((sentence) => `- ${markdownText(sentence)}\n`).join('');
  return `## ${markdownText(title)}\n\n${list}\n${lines.join('')}`;
}

/** What Markdown or HTML would take as a sign stays a character (CommonMark, section 2.4). */
function markdownText(text: string): string {
  return visibleText(text).replaceAll(/[\\`*_[\]<>|#~&@]/g, '\\$&');
}
