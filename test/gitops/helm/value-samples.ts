import type { Values } from './helm.ts';

/** A value that is not its default, and what the chart renders with it and not without. */
interface Sample {
  readonly path: string;
  readonly value: unknown;
  /** Other values without which it has no meaning. */
  readonly beside?: Values;
  readonly renders: RegExp;
}

const DIGEST = `sha256:${'0a'.repeat(32)}`;
const CRD = /kind: CustomResourceDefinition\n/;
/** A text without something. */
const without = (pattern: RegExp): RegExp => new RegExp(`^(?![^]*?${pattern.source})`);

/** One for each value. */
export const SAMPLES: readonly Sample[] = [
  {
    path: 'image.repository',
    value: 'registry.example.com/exporter',
    renders: /image: "registry\.example\.com\/exporter:\d+\.\d+\.\d+"/,
  },
  { path: 'image.tag', value: '9.9.9', renders: /image: "deepflow-kafka-exporter:9\.9\.9"/ },
  {
    path: 'image.digest',
    value: DIGEST,
    renders: new RegExp(`image: "deepflow-kafka-exporter@${DIGEST}"`),
  },
  { path: 'image.pullPolicy', value: 'Always', renders: /imagePullPolicy: Always/ },
  {
    path: 'imagePullSecrets',
    value: [{ name: 'registry' }],
    renders: /imagePullSecrets:\n\s+- name: registry/,
  },
  { path: 'exporterImage', value: 'mirror/it:1', renders: /--exporter-image=mirror\/it:1/ },
  { path: 'replicas', value: 1, renders: without(/kind: PodDisruptionBudget\n/) },
  { path: 'resources', value: { limits: { cpu: '3' } }, renders: /cpu: "3"/ },
  {
    path: 'platformSecurityContext',
    value: true,
    renders: /--platform-security-context/,
  },
  { path: 'installation', value: 'east', renders: /--installation=east/ },
  { path: 'extraArgs', value: ['--log-level=debug'], renders: /- --log-level=debug/ },
  {
    path: 'watchNamespaces',
    value: ['one', 'two'],
    renders: /--watch-namespaces=one,two$/m,
  },
  {
    path: 'podPatch',
    value: false,
    renders: /- pods\n\s+verbs:\n\s+- list\n\s+- watch\n\s+- apiGroups/,
  },
  {
    path: 'requireSecretLabel',
    value: 'example.com/allowed=true',
    renders: /--require-secret-label=example\.com\/allowed=true/,
  },
  { path: 'allowed.priorityClasses', value: [], renders: /--allowed-priority-classes=$/m },
  { path: 'allowed.runtimeClasses', value: ['a', 'b'], renders: /--allowed-runtime-classes=a,b/ },
  { path: 'allowed.tolerations', value: ['x/*'], renders: /--allowed-tolerations=x\/\*/ },
  { path: 'allowed.podAnnotations', value: ['y'], renders: /--allowed-pod-annotations=y/ },
  { path: 'allowed.podLabels', value: ['z'], renders: /--allowed-pod-labels=z/ },
  {
    path: 'admissionPolicy.enabled',
    value: true,
    renders: /^(?:[^]*?kind: ValidatingAdmissionPolicy\n){7}/,
  },
  { path: 'userRoles.create', value: false, renders: without(/name: kafkaexporter-editor/) },
  {
    path: 'spread',
    value: 'Zones',
    renders: /podAntiAffinity:[^]*topologyKey: topology\.kubernetes\.io\/zone/,
  },
  { path: 'nodeSelector', value: { disk: 'ssd' }, renders: /nodeSelector:\n\s+disk: ssd/ },
  { path: 'tolerations', value: [{ key: 'infra' }], renders: /tolerations:\n\s+- key: infra/ },
  {
    path: 'affinity',
    value: { nodeAffinity: { x: 'y' } },
    renders: /affinity:\n\s+nodeAffinity:\n\s+x: "y"/,
  },
  { path: 'priorityClassName', value: 'important', renders: /priorityClassName: important/ },
  { path: 'podAnnotations', value: { a: 'b' }, renders: /annotations:\n\s+a: b/ },
  { path: 'podLabels', value: { team: 'net' }, renders: /part-of: deepflow\n\s+team: net/ },
  {
    path: 'podMonitor.enabled',
    value: true,
    renders: /kind: PodMonitor\nmetadata:\n\s+name: deepflow-kafka-exporter-operator/,
  },
  {
    path: 'podMonitor.exporters',
    value: true,
    beside: { watchNamespaces: ['one'] },
    renders: /kind: PodMonitor[^]*matchNames:\n\s+- one/,
  },
  {
    path: 'podMonitor.labels',
    value: { release: 'p' },
    beside: { podMonitor: { enabled: true } },
    renders: /release: p/,
  },
  {
    path: 'prometheusRules.enabled',
    value: true,
    renders: /kind: PrometheusRule[^]*alert: DeepflowExporterBehind[^]*\{\{ \$labels\./,
  },
  {
    path: 'prometheusRules.labels',
    value: { release: 'p' },
    beside: { prometheusRules: { enabled: true } },
    renders: /release: p/,
  },
  {
    path: 'prometheusRules.runbookUrl',
    value: 'https://wiki.example.com/runbook',
    beside: { prometheusRules: { enabled: true } },
    renders: /runbook_url: https:\/\/wiki\.example\.com\/runbook#deepflowexporterbehind\n/,
  },
  {
    path: 'grafanaDashboard.enabled',
    value: true,
    renders:
      /kind: ConfigMap[^]*grafana_dashboard: "1"\ndata:[^]*"title": "DeepFlow Kafka Exporter"/,
  },
  {
    path: 'grafanaDashboard.labels',
    value: { dashboards: 'here' },
    beside: { grafanaDashboard: { enabled: true } },
    renders: /dashboards: here\n/,
  },
  {
    path: 'grafanaDashboard.annotations',
    value: { grafana_folder: 'DeepFlow' },
    beside: { grafanaDashboard: { enabled: true } },
    renders: /annotations:\n\s+grafana_folder: DeepFlow\n/,
  },
  {
    path: 'networkPolicy.enabled',
    value: true,
    renders: /kind: NetworkPolicy[^]*- port: 6443\n/,
  },
  {
    path: 'networkPolicy.apiServerPorts',
    value: [16_443],
    beside: { networkPolicy: { enabled: true } },
    renders: /- port: 16443\n/,
  },
  { path: 'crds.install', value: false, renders: without(CRD) },
  { path: 'crds.keep', value: false, renders: without(/helm\.sh\/resource-policy/) },
  {
    path: 'extraObjects',
    value: [
      {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'more', namespace: '{{ .Release.Namespace }}' },
      },
    ],
    renders: /name: more\n\s+namespace: '?deepflow-kafka-exporter/,
  },
];

/** A value that its schema refuses. */
interface WrongValue {
  readonly path: string;
  readonly value: unknown;
  /** What Helm says of it. */
  readonly says: RegExp;
}

/** Typing errors and values that are no values. */
export const WRONG: readonly WrongValue[] = [
  { path: 'replica', value: 3, says: /replica'? not allowed/ },
  { path: 'image.tags', value: '1', says: /image[^]*tags'? not allowed/ },
  { path: 'image.digest', value: 'latest', says: /image[/.]digest[^]*pattern/ },
  { path: 'image.pullPolicy', value: 'Sometimes', says: /image[/.]pullPolicy[^]*must be one of/ },
  { path: 'replicas', value: 0, says: /replicas[^]*minimum/ },
  { path: 'replicas', value: 'two', says: /replicas[^]*want integer/ },
  { path: 'watchNamespaces', value: 'one,two', says: /watchNamespaces[^]*want array/ },
  { path: 'watchNamespaces', value: ['One'], says: /watchNamespaces\/0[^]*pattern/ },
  { path: 'allowed.tolerations', value: ['a b'], says: /allowed[/.]tolerations/ },
  { path: 'spread', value: 'Racks', says: /spread[^]*must be one of/ },
  { path: 'crds.keep', value: 'yes', says: /crds[/.]keep[^]*want boolean/ },
  { path: 'prometheusRules.runbookUrl', value: 'wiki', says: /runbookUrl[^]*pattern/ },
  { path: 'networkPolicy.apiServerPorts', value: [0], says: /apiServerPorts\/0[^]*minimum/ },
];
