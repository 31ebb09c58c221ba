import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Run } from '../process/run.ts';

/** What the API server logs of a write: who wrote what, or the content as well. */
export type AuditLevel = 'Metadata' | 'Request';

/** A request that changed something, or tried to, as the API server's audit log has it. */
export interface AuditedWrite {
  /** When the API server received it and had answered it, in milliseconds since 1970, with fractions. */
  readonly receivedMs: number;
  readonly answeredMs: number;
  /** Who wrote it; for an impersonated user, that user. */
  readonly user: string;
  readonly verb: string;
  /** `deployments`, or with a subresource `kafkaexporters/status`. */
  readonly resource: string;
  readonly name: string;
  readonly path: string;
  /** The content as JSON; `{}` at the level `Metadata`. */
  readonly content: string;
  readonly succeeded: boolean;
}

/** Writes are logged when they are answered. Reads, and the Leases of controllers, are not logged. */
const policyOf = (level: AuditLevel): unknown => ({
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived'],
  rules: [
    { level: 'None', verbs: ['get', 'list', 'watch'] },
    { level: 'None', resources: [{ group: 'coordination.k8s.io' }] },
    { level },
  ],
});

/**
 * The arguments with which an apiserver logs all writes into the folder of a run.
 *
 * @see https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/
 */
export async function auditArguments(run: Run, level: AuditLevel): Promise<string[]> {
  const policyPath = join(run.folder, 'audit-policy.json');
  await writeFile(policyPath, JSON.stringify(policyOf(level)));
  return [
    `--audit-policy-file=${policyPath}`,
    `--audit-log-path=${auditLogPath(run)}`,
    // Megabytes, after which another file is begun.
    '--audit-log-maxsize=10000',
  ];
}

const auditLogPath = (run: Run): string => join(run.folder, 'audit.log');

const auditedCall = z.object({
  requestReceivedTimestamp: z.string(),
  stageTimestamp: z.string(),
  user: z.object({ username: z.string() }),
  impersonatedUser: z.object({ username: z.string() }).optional(),
  verb: z.string(),
  requestURI: z.string(),
  objectRef: z.object({
    resource: z.string(),
    subresource: z.string().optional(),
    name: z.string().default(''),
  }),
  requestObject: z.unknown().optional(),
  responseStatus: z.object({ code: z.int() }).optional(),
});

/** Reads the writes in the order of their answers. A line that is not complete, yet or since its apiserver was killed, is left out. */
export async function readAuditLog(run: Run): Promise<readonly AuditedWrite[]> {
  const lines = (await readFile(auditLogPath(run), 'utf8')).split('\n');
  return lines.flatMap(writeOf).toSorted((a, b) => a.answeredMs - b.answeredMs);
}

function writeOf(line: string): AuditedWrite[] {
  const { data: call } = auditedCall.safeParse(jsonOf(line));
  if (call === undefined) return [];
  const { name, resource, subresource } = call.objectRef;
  const { code } = call.responseStatus ?? { code: 0 };
  return [
    {
      receivedMs: millisecondsOf(call.requestReceivedTimestamp),
      answeredMs: millisecondsOf(call.stageTimestamp),
      user: (call.impersonatedUser ?? call.user).username,
      verb: call.verb,
      resource: subresource === undefined ? resource : `${resource}/${subresource}`,
      name,
      path: call.requestURI,
      content: JSON.stringify(call.requestObject ?? {}),
      succeeded: code >= 200 && code < 300,
    },
  ];
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

/** The time of a text like `2026-01-01T00:00:00.123456Z`. `Date.parse` alone cuts the microseconds. */
function millisecondsOf(text: string): number {
  const micros = /\.\d{3}(\d{3})Z$/v.exec(text)?.[1] ?? '0';
  return Date.parse(text) + Number(micros) / 1_000;
}
