import type { IncomingMessage } from 'node:http';
import type { DataSource } from '../../../deepflow/data-sources.ts';
import { unreachable } from '../../../lib/assert.ts';
import type { PushConfig } from '../../contract/exporter-config.ts';
import type { PushMetrics } from '../../status/push-metrics.ts';
import type { ByteBudget } from './byte-budget.ts';
import { type CheckedRequest, checkRequest, type RequestRules } from './check-request.ts';
import { busyAnswer, errorAnswer, type PushAnswer, resultAnswer } from './push-answer.ts';
import type { RejectReason } from '../../producer/record-producer.ts';
import type { PushQueue } from '../push-queue.ts';
import { BodyError, DECODER_BYTES, readBody, tooLarge } from './read-body.ts';
import { type CollectedRows, type RejectedLine, RowCollector } from '../rows/row-collector.ts';

/** What answering needs. */
export interface HandlePushDeps {
  readonly rules: RequestRules;
  readonly queue: Pick<PushQueue, 'submit'>;
  readonly budget: ByteBudget;
  readonly metrics: Pick<PushMetrics, 'rejectedLines'>;
  readonly limits: Pick<PushConfig['http'], 'maxBodyBytes' | 'maxLineBytes' | 'maxBufferedBytes'>;
  /** True: a request's records are stored together or not at all. */
  readonly isAtomic: boolean;
  /** The topic of a data source, when it is known to be missing. Requests for others go on. */
  readonly missingTopic: (dataSource: DataSource) => string | undefined;
  /** True once the exporter stops. */
  readonly isStopping: () => boolean;
}

/**
 * Called when the server is ready for the body. Clients may wait for this before they send the
 * body.
 */
export type OnContinue = () => void;

/**
 * Reads a request and queues its records. Returns the answer once it is known that Kafka has
 * the records or refused them, or that this cannot be known.
 *
 * @throws when the connection ends before the body is complete, so that no answer is possible.
 */
export async function handlePush(
  deps: HandlePushDeps,
  request: IncomingMessage,
  onContinue: OnContinue,
): Promise<PushAnswer> {
  const checked = checkRequest(request, deps.rules);
  if ('status' in checked) return checked;
  if (deps.isStopping()) return busyAnswer('this exporter is stopping: send the request again');
  const missing = deps.missingTopic(checked.table.dataSource);
  if (missing !== undefined) {
    return busyAnswer(`topic ${missing} does not exist in Kafka: send the request again later`);
  }
  const held = new HeldBytes(deps.budget);
  try {
    const collected = await collect(deps, request, { ...checked, held, onContinue });
    return await deliver(deps, checked, collected);
  } catch (error) {
    if (!(error instanceof BodyError)) throw error;
    return error.status === 503
      ? busyAnswer(error.message)
      : errorAnswer(error.status, error.message);
  } finally {
    held.give();
  }
}

/** The bytes of the shared budget that one request holds. */
class HeldBytes {
  readonly #budget: ByteBudget;
  /** The bytes that are held now. */
  bytes = 0;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  take(bytes: number): boolean {
    const isTaken = this.#budget.take(bytes);
    if (isTaken) this.bytes += bytes;
    return isTaken;
  }

  give(bytes = this.bytes): void {
    this.#budget.give(bytes);
    this.bytes -= bytes;
  }
}

async function collect(
  { limits }: HandlePushDeps,
  request: IncomingMessage,
  parts: CheckedRequest & { readonly held: HeldBytes; readonly onContinue: OnContinue },
): Promise<CollectedRows> {
  const { table, encoding, held, onContinue } = parts;
  const { maxBodyBytes, maxLineBytes, maxBufferedBytes } = limits;
  const take = (bytes: number): void => {
    if (held.take(bytes)) return;
    if (held.bytes + bytes > maxBufferedBytes) throw tooManyRows(maxBufferedBytes);
    const message = `the bodies of other requests fill the buffer of this exporter, ${maxBufferedBytes} bytes (spec.source.http.maxBufferedBytes): send the request again`;
    throw new BodyError(503, message);
  };
  take(DECODER_BYTES[encoding]);
  const collector = new RowCollector(table, maxLineBytes);
  let bytes = 0;
  let rowBytes = 0;
  onContinue();
  await readBody(request, encoding, {
    maxBytes: maxBodyBytes,
    push: (piece) => {
      bytes += piece.length;
      if (bytes > maxBodyBytes) throw tooLarge(maxBodyBytes);
      take(piece.length);
      collector.push(piece);
      const more = collector.rowBytes - rowBytes;
      rowBytes += more;
      take(more);
    },
  });
  held.give(DECODER_BYTES[encoding]);
  return collector.finish();
}

async function deliver(
  { queue, metrics, isAtomic }: HandlePushDeps,
  { table }: CheckedRequest,
  { batch, lines, filtered, rejected, rejectedKinds, unknownColumns }: CollectedRows,
): Promise<PushAnswer> {
  const outcome =
    batch.numRows === 0
      ? ({ kind: 'stored', rejected: [] } as const)
      : await queue.submit({ table, batch });
  switch (outcome.kind) {
    case 'stored': {
      const refused = outcome.rejected.map(({ row, reason }) => ({
        line: lines[row] ?? 0,
        kind: reason,
        reason: `${REJECTED[reason]}; it was sent to the dead-letter topic if there is one`,
      }));
      const all: readonly RejectedLine[] = [...rejected, ...refused];
      for (const [kind, count] of rejectedKinds) {
        metrics.rejectedLines(table.dataSource, kind, count);
      }
      for (const { kind } of refused) metrics.rejectedLines(table.dataSource, kind, 1);
      const unlisted = sum([...rejectedKinds.values()]) - rejected.length;
      return resultAnswer({
        accepted: batch.numRows - refused.length,
        filtered,
        rejected: all.toSorted((a, b) => a.line - b.line),
        rejectedTotal: all.length + unlisted,
        unknownColumns,
      });
    }
    case 'refused':
      return busyAnswer(
        `Kafka did not accept the records (${outcome.reason}); ${isAtomic ? 'none of them is' : 'some of them may be'} stored: send the request again`,
      );
    case 'uncertain':
      return errorAnswer(
        504,
        `Kafka did not confirm whether it has stored the records (${outcome.reason}): if you send the request again, they may be stored twice`,
      );
    default:
      return unreachable(outcome);
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function tooManyRows(maxBufferedBytes: number): BodyError {
  const message = `the rows of this body need more memory than this exporter may use, ${maxBufferedBytes} bytes (spec.source.http.maxBufferedBytes): send fewer lines at once`;
  return new BodyError(413, message);
}

const REJECTED: Readonly<Record<RejectReason, string>> = {
  tooLarge: 'its record is larger than its topic allows (max.message.bytes)',
  invalidTimestamp:
    'its topic refuses the timestamp of its record (message.timestamp.before.max.ms, message.timestamp.after.max.ms)',
  invalidRecord: 'its topic refuses its record: a compacted topic needs a key',
};
