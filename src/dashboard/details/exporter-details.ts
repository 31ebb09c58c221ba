import { credentialState } from '../../fleet/credential-state.ts';
import type { ExporterReading } from '../../fleet/fleet-reading.ts';
import { visibleText } from '../../lib/visible-text.ts';
import type { ExporterDetails } from '../contract/exporter-details.ts';
import { bounded } from './bounded.ts';
import { conditionLines } from './condition-lines.ts';
import { credentialLines } from './credential-lines.ts';
import { partProblems, stateOf } from './part-problems.ts';
import { podLines } from './pod-lines.ts';
import { shardLines } from './shard-lines.ts';
import { topicLines } from './topic-lines.ts';

/**
 * One exporter in detail, as it was read, without characters that change how text is shown. Every list is bounded.
 *
 * @param before the reading before, for the rates.
 */
export function exporterDetails(
  reading: ExporterReading,
  before: ExporterReading | undefined,
  atMs: number,
): ExporterDetails {
  const { dataSources, name, namespace, pods, source, status } = reading;
  const podsBefore = before?.pods ?? [];
  const topics = Object.values(status?.delivery?.topics ?? {});
  const problems = partProblems(pods ?? [], topics);
  const answered = (pods ?? []).some(({ report }) => report !== undefined);
  return {
    namespace,
    name,
    atMs,
    source: {
      kind: source,
      dataSources: dataSources.map(visibleText),
      ...stateOf(problems.source, answered ? 'no problem' : 'not known'),
    },
    kafka: stateOf(problems.kafka, answered ? 'no problem' : 'not known'),
    shards: bounded(shardLines(reading)),
    topics: bounded(topicLines({ reading, podsBefore, problems })),
    ...(pods === undefined ? {} : { pods: bounded(podLines(pods, podsBefore)) }),
    conditions: conditionLines(status?.conditions ?? [], atMs),
    credentials: credentialLines(credentialState(reading), atMs),
  };
}
