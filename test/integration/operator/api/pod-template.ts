/** Additions to pods, with everything that users may add beside resources, labels and tolerations. */
export const POD_TEMPLATE = {
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'disk', operator: 'In', values: ['ssd', 'nvme'] }] },
        ],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        {
          weight: 1,
          podAffinityTerm: {
            topologyKey: 'kubernetes.io/hostname',
            labelSelector: { matchLabels: { app: 'clickhouse' }, matchExpressions: [] },
            namespaceSelector: {},
          },
        },
      ],
    },
  },
  topologySpreadConstraints: [
    {
      topologyKey: 'topology.kubernetes.io/zone',
      maxSkew: 1,
      whenUnsatisfiable: 'ScheduleAnyway',
    },
    {
      topologyKey: 'kubernetes.io/hostname',
      maxSkew: 2,
      whenUnsatisfiable: 'DoNotSchedule',
      labelSelector: { matchLabels: { team: 'a' } },
      matchLabelKeys: ['pod-template-hash'],
      minDomains: 2,
      nodeAffinityPolicy: 'Ignore',
      nodeTaintsPolicy: 'Honor',
    },
  ],
  hostAliases: [{ ip: '192.0.2.1', hostnames: ['broker-0.kafka', 'broker-1.kafka'] }],
  dnsPolicy: 'None',
  dnsConfig: {
    nameservers: ['192.0.2.53'],
    searches: ['example.com'],
    options: [{ name: 'ndots', value: '2' }, { name: 'rotate' }],
  },
  env: [
    { name: 'HTTPS_PROXY', valueFrom: { secretKeyRef: { name: 'proxy', key: 'url' } } },
    { name: 'NO_PROXY', value: '.svc,10.0.0.0/8' },
  ],
  runtimeClassName: 'gvisor',
  terminationGracePeriodSeconds: 120,
};
