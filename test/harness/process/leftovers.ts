import { appendFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const identity = { pid: z.int().positive(), startTicks: z.string() };

const leftoverSchema = z.discriminatedUnion('kind', [
  /** The process whose end makes this run a dead one. */
  z.strictObject({ kind: z.literal('owner'), ...identity }),
  /** A process group that the run started; its leader is identified. */
  z.strictObject({ kind: z.literal('group'), ...identity }),
  /** A control group whose processes belong to the run, such as those of the kubelet's pods. */
  z.strictObject({ kind: z.literal('cgroup'), name: z.string().min(1) }),
  /** A network namespace, with everything that lives in it: links, addresses, packet filter rules. */
  z.strictObject({ kind: z.literal('netns'), name: z.string().min(1) }),
]);

/** Something outside a run's folder that has to be ended or removed with the run. */
export type Leftover = z.infer<typeof leftoverSchema>;

/** Notes a leftover in the run's folder, where a clean-up by another process finds it. */
export function recordLeftover(runFolder: string, leftover: Leftover): void {
  appendFileSync(join(runFolder, file), `${JSON.stringify(leftover)}\n`);
}

/** The leftovers that a run has noted, oldest first; none where the folder is gone or a line is half written. */
export function readLeftovers(runFolder: string): Leftover[] {
  let text: string;
  try {
    text = readFileSync(join(runFolder, file), 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const parsed = leftoverSchema.safeParse(parseJson(line));
    return parsed.success ? [parsed.data] : [];
  });
}

const file = 'leftovers.ndjson';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
