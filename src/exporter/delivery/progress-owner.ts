import type { ExporterConfig } from '../contract/exporter-config.ts';
import type { ProgressMessage, ProgressOwner } from '../progress/progress-message.ts';

/** The owner of an exporter's progress. Undefined: the exporter was configured without an operator. */
export function ownerOf({ owner, resource }: ExporterConfig): ProgressOwner | undefined {
  if (owner === undefined) return undefined;
  const { uid, installation } = owner;
  const where = installation === '' ? '' : ` of installation ${installation}`;
  return { id: uid, name: `${resource}${where} (UID ${uid})` };
}

/** The owner that a shard's partition names. Undefined: none. */
export function recordedOwner(messages: readonly ProgressMessage[]): ProgressOwner | undefined {
  return messages.findLast((message) => message.kind === 'owner')?.owner;
}
