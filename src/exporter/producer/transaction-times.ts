/**
 * `transaction.timeout.ms`: the coordinator aborts a transaction that takes longer. This is also
 * how long readers of committed records may have to wait when an exporter dies and no other
 * exporter takes its shard over. All other times of a transaction follow from this time.
 */
export const TRANSACTION_TIMEOUT_MS = 60_000;

/**
 * How long the exporter tries to complete a transaction. It is less than the coordinator's time-out,
 * so that the exporter gives up first.
 */
export const TRANSACTION_BUDGET_MS = (TRANSACTION_TIMEOUT_MS * 5) / 6;

/**
 * How long a transaction may last, as a rule. Nothing is added to an older transaction, and the
 * next transactions are smaller. The rest of the budget is for what comes unexpectedly, such as a
 * quota that is lowered or a broker that fails.
 */
export const TRANSACTION_TARGET_MS = TRANSACTION_TIMEOUT_MS / 6;

/** How long a step may commit parts before it makes room for the other shards. */
export const STEP_TARGET_MS = TRANSACTION_TARGET_MS * 6;

/** How long pushed records are tried. It is less than the time that clients usually wait. */
export const PUSH_BUDGET_MS = TRANSACTION_TIMEOUT_MS / 3;
