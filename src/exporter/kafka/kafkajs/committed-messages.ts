/** A message as kafkajs reads it from a fetch response, including control records. */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Milliseconds since the Unix epoch. Absent: the reader does not look at it. */
  readonly timestamp?: string;
  /** True: the message is a marker at the end of a transaction. */
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** A transaction that was aborted, as a fetch response names it. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** The key of the marker that ends an aborted transaction: version 0, type 0 (KIP-98). */
const ABORT_MARKER = Buffer.alloc(4);

/**
 * The messages of a fetch response without markers and without messages of aborted transactions.
 * Brokers also return aborted messages to readers of committed messages, together with a list of
 * the aborted transactions in no order. The reader must leave these messages out (KIP-98). kafkajs
 * does this above the layer that is used here, and assumes that the list is ordered.
 */
export function committedMessages(
  messages: readonly FetchedMessage[],
  aborted: readonly AbortedTransaction[],
): readonly FetchedMessage[] {
  const waiting = aborted
    .map(({ producerId, firstOffset }) => ({ producerId, first: BigInt(firstOffset) }))
    .toSorted((a, b) => (a.first < b.first ? -1 : 1));
  const abortedNow = new Set<string>();
  return messages.filter(({ offset, key, isControlRecord, batchContext }) => {
    const at = BigInt(offset);
    for (let next = waiting[0]; next !== undefined && next.first <= at; next = waiting[0]) {
      abortedNow.add(next.producerId);
      waiting.shift();
    }
    const producerId = batchContext?.producerId ?? '';
    if (isControlRecord === true) {
      if (key?.subarray(0, 4).equals(ABORT_MARKER) === true) abortedNow.delete(producerId);
      return false;
    }
    return !(batchContext?.inTransaction === true && abortedNow.has(producerId));
  });
}
