import { Gauge, type Registry } from 'prom-client';
import { kafkaExporterStatus } from './api/kafka-exporter.ts';
import { findCondition } from './api/status/conditions.ts';
import { instanceName } from './desired/names.ts';
import type { KubeObject } from './kube/kube-object.ts';

/**
 * Registers a gauge that says of each KafkaExporter whether its condition `Ready` is true. Its pods have the same value in the label
 * `export.deepflow.io/exporter`. The namespace has a label of its own, because Prometheus sets `namespace` to that of the operator.
 *
 * @param resources the KafkaExporters as they are known now; they are read at each scrape.
 */
export function registerReadiness(
  registry: Registry,
  resources: () => readonly KubeObject[],
): void {
  new Gauge({
    name: 'deepflow_kafka_exporter_resource_ready',
    help: 'Whether the condition Ready of the KafkaExporter is true: 1, or not: 0.',
    labelNames: ['export_deepflow_io_namespace', 'export_deepflow_io_exporter'],
    registers: [registry],
    collect() {
      // A resource that was deleted has no value.
      this.reset();
      for (const resource of resources()) {
        const { name, namespace = '' } = resource.metadata;
        const labels = {
          export_deepflow_io_namespace: namespace,
          export_deepflow_io_exporter: instanceName(name),
        };
        this.set(labels, isReady(resource) ? 1 : 0);
      }
    },
  });
}

function isReady(resource: KubeObject): boolean {
  const { conditions } = kafkaExporterStatus.safeParse(resource['status']).data ?? {};
  return findCondition(conditions, 'Ready')?.status === 'True';
}
