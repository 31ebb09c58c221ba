import { describe, expect, test } from 'vitest';
import {
  committedMessages,
  type FetchedMessage,
} from '../../../../src/exporter/kafka/kafkajs/committed-messages.ts';

const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

/** Messages by producer; `-a` and `+a` are markers of a's aborted and committed transactions. */
function log(...texts: readonly string[]): readonly FetchedMessage[] {
  return texts.map((text, offset) => {
    const isControlRecord = /^[+-]/.test(text);
    const key = isControlRecord ? (text.startsWith('-') ? ABORT : COMMIT) : null;
    const producerId = text.replace(/^[+-]/, '').charAt(0);
    const batchContext = { producerId, inTransaction: producerId !== 'n' };
    return { offset: String(offset), key, value: Buffer.from(text), isControlRecord, batchContext };
  });
}

const read = (
  messages: readonly FetchedMessage[],
  aborted: readonly (readonly [string, number])[],
): readonly string[] =>
  committedMessages(
    messages,
    aborted.map(([producerId, first]) => ({ producerId, firstOffset: String(first) })),
  ).map(({ value }) => String(value));

describe('of the messages that are fetched', () => {
  test.each<[string, readonly string[], readonly (readonly [string, number])[], readonly string[]]>(
    [
      ['committed ones stay, without their marker', ['a1', 'a2', '+a'], [], ['a1', 'a2']],
      ['aborted ones go', ['a1', '-a', 'a2', '+a'], [['a', 0]], ['a2']],
      [
        'those of another producer in between stay',
        ['a1', 'b1', '-a', 'a2', '+b', '+a'],
        [['a', 0]],
        ['b1', 'a2'],
      ],
      [
        'aborted ones go in whatever order their transactions are named',
        ['a1', 'b1', 'a2', '-b', '-a'],
        [
          ['b', 1],
          ['a', 0],
        ],
        [],
      ],
      [
        'aborted ones go when their transactions began before what was fetched',
        ['b1', 'a1', '-a', '-b'],
        [
          ['a', -5],
          ['b', -3],
        ],
        [],
      ],
      ['those of no transaction stay', ['n1', 'a1', '-a'], [['a', 1]], ['n1']],
    ],
  )('%s', (_name, messages, aborted, expected) => {
    expect(read(log(...messages), aborted)).toEqual(expected);
  });
});
