import { expect } from 'vitest';
import {
  type KafkaExporterStatus,
  kafkaExporterStatus,
} from '../../../../src/operator/api/kafka-exporter.ts';
import type { Condition, ConditionType } from '../../../../src/operator/api/status/conditions.ts';
import { type ClusterUnderTest, SOON } from './cluster-under-test.ts';
import { EXPORTER_LABEL } from '../../../../src/operator/desired/labels.ts';
import { until } from '../../../lib/until.ts';

/**
 * How long Kubernetes may take to delete what belonged to a deleted resource. Its garbage collector looks for new kinds of custom
 * resources every half minute, and does nothing else until it watches them: of a kind that is new, or while another test installs
 * one, it needs the better part of a minute, and more on a machine that does other work.
 */
export const COLLECTED = { deadlineMs: 100_000 };

/** What the operator makes for a resource and labels with its name, and what Kubernetes makes of that. */
const OF_A_RESOURCE = [
  ...(['configMap', 'deployment', 'replicaSet', 'pod', 'secret', 'service'] as const),
  ...(['serviceAccount', 'horizontalPodAutoscaler', 'networkPolicy'] as const),
  'podDisruptionBudget',
] as const;

/** One KafkaExporter in a test's namespace. */
export interface ResourceUnderTest {
  readonly name: string;
  /** Name of its Deployment, Service, ServiceAccount and Secret. */
  readonly workload: string;
  status(): Promise<KafkaExporterStatus>;
  /** Waits for a condition with this status and reason, and returns its message. */
  condition(type: ConditionType, state: `${Condition['status']} ${string}`): Promise<string>;
  /** Changes the spec by JSON merge patch. */
  change(spec: Readonly<Record<string, unknown>>): Promise<void>;
  remove(): Promise<void>;
}

/** Creates a resource from the parts of its spec that are important for a test. */
export async function createResource(
  cluster: ClusterUnderTest,
  name: string,
  spec: Readonly<Record<string, unknown>> = {},
): Promise<ResourceUnderTest> {
  const { admin, namespace } = cluster;
  await admin.create({
    apiVersion: 'export.deepflow.io/v1alpha1',
    kind: 'KafkaExporter',
    metadata: { name, namespace },
    spec: {
      dataSources: ['flow_log.l7_flow_log'],
      source: { clickHouse: { url: 'http://clickhouse:8123' } },
      endpoints: ['broker:9092'],
      topic: `${name}.{dataSource}`,
      ...spec,
    },
  });
  return resourceUnderTest(cluster, name);
}

/** A resource that somebody else creates. */
export function resourceUnderTest(cluster: ClusterUnderTest, name: string): ResourceUnderTest {
  const { admin } = cluster;
  const status = async (): Promise<KafkaExporterStatus> => {
    const live = await admin.get('kafkaExporter', name);
    return kafkaExporterStatus.parse(live?.['status']);
  };
  return {
    name,
    workload: `${name}-exporter`,
    status,
    condition: async (type, state) => {
      let last: KafkaExporterStatus = {};
      try {
        return await until(
          `${type} ${state}`,
          async () => {
            last = await status();
            const live = await admin.get('kafkaExporter', name);
            const found = last.conditions?.find((entry) => entry.type === type);
            const current = found?.observedGeneration === live?.metadata.generation;
            return current && found !== undefined && `${found.status} ${found.reason}` === state
              ? found.message
              : undefined;
          },
          SOON,
        );
      } catch (error) {
        expect(last.conditions, String(error)).toContainEqual({ type, state });
        throw error;
      }
    },
    change: async (changed) => {
      await admin.patch('kafkaExporter', name, { spec: changed });
    },
    remove: async () => {
      await admin.remove('kafkaExporter', name);
      await until(
        `what belongs to ${name} to be collected`,
        async () => {
          for (const kind of OF_A_RESOURCE) {
            const left = await admin.list(kind);
            if (left.some(({ metadata }) => metadata.labels?.[EXPORTER_LABEL] === name))
              return false;
          }
          return true;
        },
        COLLECTED,
      );
    },
  };
}

/** Creates a Secret as a user does. */
export async function createSecret(
  cluster: ClusterUnderTest,
  name: string,
  stringData: Readonly<Record<string, string>>,
): Promise<void> {
  const { namespace } = cluster;
  await cluster.admin.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace },
    stringData,
  });
}
