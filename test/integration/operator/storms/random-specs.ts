import fc from 'fast-check';

/** Names at their limits, and some that are shortened to the same beginning. */
const RESOURCE_NAMES = [
  'a',
  'plain',
  'with.dots.in-it',
  '0digit',
  `${'long.'.repeat(50)}end`,
  `${'long.'.repeat(49)}another`,
  'x'.repeat(43),
  'x'.repeat(44),
  'last',
  'two',
] as const;

/** Secrets that specs refer to. */
const SECRET_NAMES = ['login', 'authorities', 'certificate', 'never'] as const;

const secretRef = fc.constantFrom(...SECRET_NAMES, 'UPPER', '', `s.${'y'.repeat(251)}`);

const sasl = fc.record({
  mechanism: fc.constantFrom('PLAIN', 'SCRAM-SHA-512', 'OAUTHBEARER', 'GSSAPI'),
  securityProtocol: fc.constantFrom('SASL_SSL', 'SASL_PLAINTEXT'),
  credentialsSecretRef: fc.record(
    {
      name: secretRef,
      username: fc.constantFrom('user', '', 'a\nb', 'u'.repeat(1_024)),
      passwordKey: fc.constantFrom('password', 'tls.key', 'absent', '..', '/'),
    },
    { requiredKeys: ['name'] },
  ),
});

const tls = fc.record(
  {
    caSecretRef: fc.record({ name: secretRef }),
    clientCertificateSecretRef: fc.record({ name: secretRef }),
    serverName: fc.constantFrom('broker', '-', '*'),
    insecureSkipVerify: fc.boolean(),
  },
  { requiredKeys: [] },
);

const tagFilter = fc.record({
  fieldName: fc.constantFrom('server_port', 'l7_protocol', 'pod_id_1', 'app_service', 'nothing'),
  operator: fc.constantFrom('=', '!=', 'In', 'Like', ':', '~', 'NotMatches', '>'),
  fieldValues: fc.array(
    fc.constantFrom<unknown>('HTTP', '443', 7, '(', '[z-a]', 'a{1001}', '(?<x', '\u0000', "'", -1),
    { maxLength: 4 },
  ),
});

const podTemplate = fc.record(
  {
    labels: fc.constantFrom({ team: 'a' }, { 'not a label': 'x' }, { team: '-' }),
    annotations: fc.constantFrom({ note: 'x'.repeat(4_096) }, { 'a/b/c': '' }),
    nodeSelector: fc.constantFrom({ disk: 'ssd' }, { '/': '' }),
    resources: fc.constantFrom<unknown>(
      { limits: { cpu: '1' } },
      { limits: { memory: '1Mi' }, requests: { memory: '1Gi' } },
      { requests: { 'no/such/resource': 1 } },
      {},
    ),
    priorityClassName: fc.constantFrom('none-such', 'NOT A NAME', ''),
    runtimeClassName: fc.constantFrom('none-such', 'NOT A NAME'),
    imagePullSecrets: fc.constantFrom<unknown>([{ name: 'pull' }], [{ name: '' }], []),
    tolerations: fc.constantFrom<unknown>(
      [{ operator: 'Exists' }],
      [{ operator: 'Exists', value: 'x' }],
      [{ key: 'a b', operator: 'Equal' }],
    ),
  },
  { requiredKeys: [] },
);

const optional = <Value>(arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(arbitrary, { freq: 3 });

const fields: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  enabled: fc.boolean(),
  suspend: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.boolean()),
  preflight: fc.constantFrom('Pods', 'None'),
  dataSources: fc.uniqueArray(
    fc.constantFrom('flow_log.l7_flow_log', 'flow_log.l4_flow_log', 'no.such'),
    { maxLength: 2 },
  ),
  endpoints: fc.constantFrom<readonly string[]>(
    ['broker:9092'],
    Array.from({ length: 64 }, (_, index) => `broker-${index}.kafka:9092`),
    ['[::1]:9092'],
    ['broker'],
    [],
  ),
  topic: fc.constantFrom(
    '',
    't'.repeat(249),
    `{dataSource}${'t'.repeat(237)}`,
    '.',
    '..',
    '{table}',
  ),
  timeZone: fc.constantFrom('UTC', 'Asia/Shanghai', 'Mars/Olympus', ' ', 'Z'.repeat(64)),
  batchSize: fc.constantFrom(1, 1_024, 100_000, 0),
  queueSize: fc.constantFrom(1, 100_000, 1_000_000),
  exportFields: fc.constantFrom<readonly string[]>(
    ['$tag', '$metrics'],
    ['~$k8s.label.('],
    Array.from({ length: 256 }, (_, index) => `field_${index}`),
    ['$nothing'],
  ),
  tagFilters: fc.array(tagFilter, { maxLength: 3 }),
  replicas: optional(fc.constantFrom(1, 64, 65)),
  autoscaling: optional(fc.constant({ maxReplicas: 3, targetCPUUtilizationPercentage: 80 })),
  podDisruptionBudget: optional(fc.constantFrom({}, { maxUnavailable: 1 })),
  networkPolicy: optional(fc.constant({})),
  sasl: optional(sasl),
  tls: optional(tls),
  podTemplate: optional(podTemplate),
};

/** A JSON merge patch of up to three fields of a spec: null removes a field. Mostly valid, with odd values at the limits. */
const specPatch = fc
  .uniqueArray(fc.constantFrom(...Object.keys(fields)), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.record(Object.fromEntries(Object.entries(fields).filter(([name]) => names.includes(name)))),
  );

const base64 = (text: string): string => Buffer.from(text, 'latin1').toString('base64');

/** Content of a Secret: usual, empty, huge, not UTF-8, garbage in PEM, or of another type. */
const secretContent = fc.constantFrom(
  { data: { username: base64('user'), password: base64('secret') } },
  { data: {} },
  { data: { username: base64(''), password: base64('') } },
  { data: { password: base64('x'.repeat(900 * 1_024)) } },
  { data: { username: base64('\xff\xfe'), password: base64('\xc3\x28') } },
  {
    data: {
      'ca.crt': base64('-----BEGIN CERTIFICATE-----\ngarbage\n-----END CERTIFICATE-----\n'),
      'tls.crt': base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      'tls.key': base64('-----BEGIN PRIVATE KEY-----'),
    },
  },
  { type: 'kubernetes.io/tls', data: { 'tls.crt': '', 'tls.key': '' } },
  { type: 'kubernetes.io/basic-auth', data: { username: base64('user') } },
);

const resourceName = fc.constantFrom(...RESOURCE_NAMES);
const secretName = fc.constantFrom(...SECRET_NAMES.slice(0, 3));
/** Chooses one of the objects that are there at the moment. */
const choice = fc.nat(1_000);

/** One edit that a user makes. */
export const randomEdit = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ kind: fc.constant('write'), name: resourceName, spec: specPatch }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove'), name: resourceName }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('recreate'), name: resourceName }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('secret'),
      name: secretName,
      content: secretContent,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('removeSecret'), name: secretName }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('removeChild'), choice }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('editChild'),
      choice,
      patch: fc.constantFrom<unknown>(
        { metadata: { labels: { added: 'x' } } },
        { metadata: { labels: null } },
        { metadata: { annotations: { added: 'x' } } },
        { metadata: { ownerReferences: null } },
        { spec: { replicas: 0, paused: true } },
        { spec: { template: { spec: { hostNetwork: true } } } },
        { data: { added: '' } },
        { data: null },
      ),
    }),
  },
);

/** See {@link randomEdit}. */
export type RandomEdit = typeof randomEdit extends fc.Arbitrary<infer Edit> ? Edit : never;
