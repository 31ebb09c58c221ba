import { readFile } from 'node:fs/promises';
import { z } from 'zod';

/** A request that changed something, or tried to, as the API server's audit log has it. */
export interface AuditedWrite {
  /** When the API server had answered, in milliseconds since 1970, with fractions. */
  readonly atMs: number;
  readonly user: string;
  readonly verb: string;
  /** `deployments`, or with a subresource `kafkaexporters/status`. */
  readonly resource: string;
  readonly name: string;
  readonly code: number;
}

/** Writes are logged when they are answered. Reads, and what controllers do with their Leases, are not logged. */
export const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }] },
    { level: 'Metadata' },
  ],
};

const line = z.object({
  stageTimestamp: z.string(),
  user: z.object({ username: z.string() }),
  verb: z.string(),
  objectRef: z
    .object({
      resource: z.string(),
      subresource: z.string().optional(),
      name: z.string().default(''),
    })
    .optional(),
  responseStatus: z.object({ code: z.int() }).optional(),
});

/** Reads the writes of an audit log in JSON, in the order of their answers. A line that is not complete yet is left out. */
export async function readAuditLog(path: string): Promise<readonly AuditedWrite[]> {
  const text = await readFile(path, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((each) => each !== '')
    .flatMap((each) => {
      const { objectRef, responseStatus, stageTimestamp, user, verb } = line.parse(
        JSON.parse(each),
      );
      if (objectRef === undefined) return [];
      const { name, resource, subresource } = objectRef;
      return {
        atMs: millisecondsOf(stageTimestamp),
        user: user.username,
        verb,
        resource: subresource === undefined ? resource : `${resource}/${subresource}`,
        name,
        code: responseStatus?.code ?? 0,
      };
    })
    .toSorted((a, b) => a.atMs - b.atMs);
}

/** The time of a text like `2026-01-01T00:00:00.123456Z`. `Date.parse` alone cuts the microseconds. */
function millisecondsOf(text: string): number {
  const micros = /\.\d{3}(\d{3})Z$/v.exec(text)?.[1] ?? '0';
  return Date.parse(text) + Number(micros) / 1_000;
}
