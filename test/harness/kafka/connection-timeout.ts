/** For clients of kafkajs, whose own second is over before a busy machine has made a connection. */
export const CONNECTION_TIMEOUT_MS = 30_000;
