import { z } from 'zod';
import { flag, group, objects, text, texts } from './fields.ts';

/** Objects of the Prometheus Operator and of Grafana. */
export const monitoring = {
  podMonitor: group({
    enabled: flag(false, 'A PodMonitor of the operator’s pods.'),
    exporters: flag(
      false,
      'Also one of the exporters’ pods, in all namespaces or those of `watchNamespaces`. Not needed where KafkaExporters have `spec.podMonitor`.',
    ),
    labels: texts('Labels by which your Prometheus selects PodMonitors.'),
  }),
  prometheusRules: group({
    enabled: flag(false, 'A PrometheusRule with the alerts of docs/runbook.md.'),
    labels: texts('Labels by which your Prometheus selects PrometheusRules.'),
    runbookUrl: text(
      '',
      /^(https?:\/\/[^\s"#]+)?$/,
      'Address of docs/runbook.md, as your people read it. Each alert links to its section there. Empty: no alert has a link.',
    ),
  }),
  grafanaDashboard: group({
    enabled: flag(false, 'A ConfigMap with a dashboard for Grafana.'),
    labels: texts('Labels by which Grafana’s sidecar finds dashboards.', {
      grafana_dashboard: '1',
    }),
    annotations: texts('Annotations, such as the one that names the folder in Grafana.'),
  }),
};

/** Further objects. */
export const additions = {
  networkPolicy: group({
    enabled: flag(
      false,
      'A NetworkPolicy of the operator’s pods: to DNS, the API server and the status of exporters; from everywhere to port 8081.',
    ),
    apiServerPorts: z
      .array(z.int().min(1).max(65_535))
      .min(1)
      .default([443, 6443])
      .describe(
        'Ports of the API server. They are allowed at every address, because a NetworkPolicy cannot name it.',
      ),
  }),
  crds: group({
    install: flag(true, 'Install and upgrade the CRD.'),
    keep: flag(
      true,
      'Keep the CRD, and with it all KafkaExporters, when the release is uninstalled.',
    ),
  }),
  extraObjects: objects('Further objects of the release. Templates in them are rendered.'),
};
