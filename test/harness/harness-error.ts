/** Thrown where a part cannot be started or used. Its message is one sentence that says what to do about it. */
export class HarnessError extends Error {
  override readonly name = 'HarnessError';
}
