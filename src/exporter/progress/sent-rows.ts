import type { DataSource } from '../../deepflow/data-sources.ts';
import type { ProgressMessage } from './progress-message.ts';
import { HASH_BYTES, RowHashes } from './row-hashes.ts';

/** Roughly the bytes of a message besides its hashes. */
const MESSAGE_BYTES = 100;

/** The rows of a second that were sent, while the second is not final. */
interface SentSecond {
  /** By the number of what was hashed (`hashNumber`). */
  readonly hashes: Map<number, RowHashes>;
  rows: number;
  parts: number;
}

/** Rows that are about to be committed, by second. */
export type NewRows = ReadonlyMap<number, RowHashes>;

/**
 * What a shard has sent of one data source: every row before `done`, and for each later second the
 * rows whose hashes are stored here. The content equals the shard's partition of the checkpoint
 * topic, and changes only with what is committed there.
 */
export class SentRows {
  readonly dataSource: DataSource;
  /** Seconds before this second are final. Undefined: no second was ever final. */
  done: number | undefined = undefined;
  readonly #sent = new Map<number, SentSecond>();

  constructor(dataSource: DataSource) {
    this.dataSource = dataSource;
  }

  /** Applies a message that is in the partition: its rows were sent in addition to those before. */
  apply(message: ProgressMessage): void {
    this.#apply(message, (hashes, bytes) => {
      hashes.addBytes(bytes);
    });
  }

  /**
   * Applies a message that may be of another owner, who sent the same rows at the same time: nothing
   * fences it with AtLeastOnce. A row counts as often as in the message that has it most often. So a
   * row may be sent again, but no late row is taken for a row that was sent.
   */
  applyUnfenced(message: ProgressMessage): void {
    this.#apply(message, (hashes, bytes) => {
      hashes.addMissing(bytes);
    });
  }

  #apply(message: ProgressMessage, add: (hashes: RowHashes, bytes: Buffer) => void): void {
    if (!('dataSource' in message) || message.dataSource !== this.dataSource) return;
    if (message.kind === 'done') this.done = message.second;
    if (message.kind !== 'sent') return;
    const { second, part, rows } = message;
    if (rows === undefined) {
      this.#sent.delete(second);
      return;
    }
    const sent = this.#sent.get(second) ?? {
      hashes: new Map<number, RowHashes>(),
      rows: 0,
      parts: 0,
    };
    const hashes = sent.hashes.get(rows.columns) ?? new RowHashes(0);
    add(hashes, rows.hashes);
    sent.hashes.set(rows.columns, hashes);
    sent.rows = sum([...sent.hashes.values()].map(({ size }) => size));
    sent.parts = Math.max(sent.parts, part + 1);
    this.#sent.set(second, sent);
  }

  /** How many rows of a second were sent, and their hashes by the number of what was hashed. */
  sentOf(
    second: number,
  ): { readonly rows: number; readonly hashes: ReadonlyMap<number, RowHashes> } | undefined {
    return this.#sent.get(second);
  }

  /** Seconds of which rows were sent, and how many rows of each. */
  openSeconds(): ReadonlyMap<number, number> {
    return new Map([...this.#sent].map(([second, { rows }]) => [second, rows]));
  }

  /** How many rows of these seconds were sent. */
  rowsIn(from: number, to: number): number {
    let rows = 0;
    for (let second = from; second < to; second++) rows += this.#sent.get(second)?.rows ?? 0;
    return rows;
  }

  /** True when a row of these seconds was sent before. */
  hasSent(from: number, to: number): boolean {
    for (let second = from; second < to; second++) if (this.#sent.has(second)) return true;
    return false;
  }

  /**
   * The messages to commit together with rows that are sent now. Each has at most `bytesMax`, but
   * at least one hash.
   */
  messagesOf(rows: NewRows, columns: number, bytesMax: number): readonly ProgressMessage[] {
    const partRows = Math.max(1, Math.floor((bytesMax - MESSAGE_BYTES) / HASH_BYTES));
    return [...rows].flatMap(([second, hashes]) => {
      const parts = this.#sent.get(second)?.parts ?? 0;
      const count = Math.ceil(hashes.size / partRows);
      return Array.from({ length: count }, (_, i) => ({
        kind: 'sent' as const,
        dataSource: this.dataSource,
        second,
        part: parts + i,
        rows: { columns, hashes: hashes.toBytes(i * partRows, (i + 1) * partRows) },
      }));
    });
  }

  /** The messages to commit when all seconds before `done` are final. */
  messagesOfDone(done: number): readonly ProgressMessage[] {
    return [this.#doneAt(done), ...this.#forgotten((second) => second < done)];
  }

  /**
   * The messages to commit so that the shard continues from the second `to`, whatever was sent
   * before or after it.
   */
  messagesOfReset(to: number): readonly ProgressMessage[] {
    return [this.#doneAt(to), ...this.#forgotten(() => true)];
  }

  #doneAt(second: number): ProgressMessage {
    return { kind: 'done', dataSource: this.dataSource, second };
  }

  #forgotten(isForgotten: (second: number) => boolean): readonly ProgressMessage[] {
    const { dataSource } = this;
    return [...this.#sent]
      .filter(([second]) => isForgotten(second))
      .flatMap(([second, { parts }]) =>
        Array.from({ length: parts }, (_, part) => ({
          kind: 'sent' as const,
          dataSource,
          second,
          part,
          rows: undefined,
        })),
      );
  }
}

/** Roughly how many bytes a message adds to a batch. */
export function messageBytes(message: ProgressMessage): number {
  const hashes = message.kind === 'sent' ? (message.rows?.hashes.length ?? 0) : 0;
  return MESSAGE_BYTES + Math.ceil(hashes / HASH_BYTES) * HASH_BYTES;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
