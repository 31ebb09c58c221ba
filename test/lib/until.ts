import { setTimeout as sleep } from 'node:timers/promises';

/** When an answer is the wanted one, and how long to wait for it. */
interface Waiting<Answer> {
  /** By default, an answer is wanted when it is neither undefined nor false. */
  readonly isWanted?: (answer: Answer) => boolean;
  /** A minute by default. */
  readonly deadlineMs?: number;
}

const PAUSE_MS = 50;
const MINUTE_MS = 60_000;

/** Asks again and again until the answer is the wanted one. @throws after the deadline, with the last answer. */
export async function until<Answer>(
  what: string,
  ask: () => Promise<Answer> | Answer,
  { isWanted = isFound, deadlineMs = MINUTE_MS }: Waiting<Answer> = {},
): Promise<Exclude<Answer, undefined | false>> {
  const end = performance.now() + deadlineMs;
  for (;;) {
    const answer = await ask();
    if (isWanted(answer)) return answer as Exclude<Answer, undefined | false>;
    if (performance.now() > end) {
      const text = answer instanceof Error ? answer.message : JSON.stringify(answer);
      throw new Error(`${what}: not within ${deadlineMs} ms; the last answer: ${text}`);
    }
    await sleep(PAUSE_MS);
  }
}

function isFound(answer: unknown): boolean {
  return answer !== undefined && answer !== false;
}

/** Does something again and again until it succeeds. @throws after a minute, with the last error. */
export async function untilDone<Result>(
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const attempt = (): Promise<{ result: Result } | Error> =>
    work().then(
      (result) => ({ result }),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    );
  const isWanted = (answer: { result: Result } | Error): boolean => !(answer instanceof Error);
  const done = await until(what, attempt, { isWanted });
  if (done instanceof Error) throw done;
  return done.result;
}
