/** A message as kafkajs reads it from a fetch response, control records included. */
export interface FetchedMessage {
  readonly offset: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** True: a marker at the end of a transaction, not a message of anybody's. */
  readonly isControlRecord?: boolean;
  readonly batchContext?: { readonly producerId: string; readonly inTransaction: boolean };
}

/** A transaction that was aborted, as a fetch response names it. */
export interface AbortedTransaction {
  readonly producerId: string;
  readonly firstOffset: string;
}

/** Key of the marker that ends an aborted transaction: version 0, type 0 (KIP-98). */
const ABORT_MARKER = Buffer.alloc(4);

/**
 * The messages of a fetch response that no aborted transaction holds, without markers. Brokers answer aborted messages
 * to readers of committed ones, too, and name their transactions, in no order: leaving them out is the reader's part
 * (KIP-98). kafkajs does that above the layer that is used here, and takes the names to be in order.
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
