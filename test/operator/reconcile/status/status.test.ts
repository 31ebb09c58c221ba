import { describe, expect, it } from 'vitest';
import type { ProblemReason } from '../../../../src/exporter/contract/status-report.ts';
import type { KafkaExporterStatus } from '../../../../src/operator/api/kafka-exporter.ts';
import { condition, WARNING_CONDITIONS } from '../../../../src/operator/api/status/conditions.ts';
import type { Observation } from '../../../../src/operator/reconcile/observe/observation.ts';
import type { Outcome, WriteOutcome } from '../../../../src/operator/reconcile/outcome.ts';
import { statusOf, type StatusInput } from '../../../../src/operator/reconcile/status/status.ts';
import {
  desiredOf,
  KAFKA_SECRET,
  liveObject,
  samplePod,
  sampleReport,
  secretContent,
  settledObservation,
} from '../../sample-observation.ts';
import { SASL, sampleResource } from '../../sample-resource.ts';

const NOW = Date.parse('2026-01-01T00:20:00Z');
const APPLIED: WriteOutcome = { kind: 'applied' };

interface Case {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly observed?: Partial<Observation>;
  readonly writes?: WriteOutcome;
  readonly sharedTopics?: StatusInput['sharedTopics'];
  readonly contested?: Extract<Outcome, { kind: 'reconciled' }>['contested'];
  readonly previous?: KafkaExporterStatus;
}

function compute({
  spec = {},
  observed = {},
  writes = APPLIED,
  previous = {},
  contested = [],
  sharedTopics = [],
}: Case): {
  said: string[];
  status: KafkaExporterStatus;
  lookAgainMs: number | undefined;
} {
  const resource = sampleResource({ sasl: SASL, ...spec });
  const observation = settledObservation(resource, observed);
  const { managedSecret, secrets } = observation;
  const desired = desiredOf(resource, secrets, managedSecret && { ...managedSecret });
  const outcome: Outcome = { kind: 'reconciled', desired, writes, contested };
  const input = {
    ...{ resourceName: 'l7', generation: 3, nowMs: NOW },
    ...{ outcome, observation, sharedTopics, previous },
  };
  const { status, lookAgainMs } = statusOf(input);
  const said = status.conditions?.map(
    ({ type, status: value, reason }) => `${type} ${value} ${reason}`,
  );
  return { said: said ?? [], status, lookAgainMs };
}

const deployment = (status: object): Partial<Observation> => {
  const resource = sampleResource({ sasl: SASL });
  return {
    owned: desiredOf(resource)
      .manifests.filter(({ kind }) => kind !== 'Secret')
      .map((manifest) => liveObject(manifest, { status: { observedGeneration: 1, ...status } })),
  };
};
const problem = (reason: ProblemReason): Partial<Observation> => ({
  pods: [
    samplePod({
      report: sampleReport({
        delivering: false,
        problems: [{ reason, message: 'm', since: '2026-01-01T00:00:00Z' }],
      }),
    }),
  ],
});

function before(
  [type, reason, at]: readonly [type: 'Reconciling' | 'Stalled', reason: string, at: string],
  observedGeneration = 3,
): KafkaExporterStatus {
  const lastTransitionTime = `2026-01-01T00:${at}:00Z`;
  return {
    conditions: [
      { type, status: 'True', reason, message: '', observedGeneration, lastTransitionTime },
    ],
  };
}

describe('a resource is ready', () => {
  it('when nothing is wrong, with every condition of the current generation', () => {
    const { said, status } = compute({});
    expect(said).toEqual([
      'Ready True Delivering',
      'ConfigValid True Valid',
      'CredentialsResolved True Resolved',
      'CredentialsApplied True Applied',
      'WorkloadAvailable True Available',
      'Delivering True Delivering',
    ]);
    expect(status.conditions?.map(({ observedGeneration }) => observedGeneration)).toEqual([
      3, 3, 3, 3, 3, 3,
    ]);
    expect({ ...status, conditions: [] }).toEqual({
      observedGeneration: 3,
      conditions: [],
      config: { hash: desiredOf(sampleResource({ sasl: SASL })).configHash },
      credentials: { desiredRevision: 1, appliedRevision: 1 },
      delivery: { topics: { 'flow_log.l7_flow_log': 'deepflow.flow_log.l7_flow_log' } },
      replicas: 1,
      readyReplicas: 1,
      pods: '1/1',
      selector:
        'app.kubernetes.io/component=exporter,app.kubernetes.io/name=deepflow-kafka-exporter,export.deepflow.io/exporter=l7',
    });
  });

  it.each([
    ['without credentials', { spec: { sasl: undefined } }, 'CredentialsApplied True NotNeeded'],
    [
      'with a newline at the end of a password',
      {
        observed: {
          secrets: new Map([['kafka', secretContent({ username: 'u', password: 'p\n' })]]),
          managedSecret: undefined,
          statusRevision: 0,
        },
      },
      'CredentialsResolved True NewlineAtEnd',
    ],
    [
      'suspended without pending changes',
      { spec: { suspend: true }, writes: { kind: 'suspended', pending: 0 } },
      'Suspended True Suspended',
    ],
    [
      'switched off',
      { spec: { enabled: false }, observed: { pods: [], ...off() } },
      'WorkloadAvailable True Disabled',
    ],
  ] satisfies [string, Case, string][])('%s', (_name, input, expected) => {
    const { said } = compute(input);
    expect(said[0]).toMatch(/^Ready True/);
    expect(said).toContain(expected);
  });
});

/** A pod that delivers with older credentials, because it cannot make connections with the new ones. */
function renewal(reason: ProblemReason): Partial<Observation> {
  const since = '2026-01-01T00:00:00Z';
  const renewalProblem = { reason, message: 'as Kafka says', since };
  const report = sampleReport({ credentialsRevision: 0, renewalProblem });
  return { pods: [samplePod({ report })] };
}

function off(): Partial<Observation> {
  const manifests = desiredOf(sampleResource({ sasl: SASL, enabled: false })).manifests;
  return {
    owned: manifests.map((manifest) => liveObject(manifest, { status: { observedGeneration: 1 } })),
  };
}

it.each([
  ['KafkaAuthenticationFailed', 'cannot make new connections to Kafka with'],
  ['ClickHouseAuthenticationFailed', 'cannot make new connections to ClickHouse with'],
] as const)(
  'the condition of %s names the server that refuses the credentials',
  (reason, words) => {
    const { conditions } = compute({ observed: renewal(reason) }).status;
    const found = conditions?.find(({ type }) => type === 'CredentialsApplied');
    expect(found?.message).toContain(words);
  },
);

describe('a quota of Kafka', () => {
  it('is reported by the pods that it slows down, and the resource is still ready', () => {
    const slow = samplePod({ report: sampleReport({ throttled: 'Kafka takes about 30 kB' }) });
    const { said, status } = compute({ observed: { pods: [slow, samplePod({ uid: 'other' })] } });
    expect(said[0]).toBe('Ready True Delivering');
    expect(said.at(-1)).toBe('Throttled True KafkaQuotaExceeded');
    expect(status.conditions?.at(-1)?.message).toBe('1 of 2 pods: Kafka takes about 30 kB');
  });

  it('is not reported when no pod is slowed down', () => {
    expect(compute({}).said.join()).not.toContain('Throttled');
  });
});

describe('columns that tables lack', () => {
  const lacking = (dataSource: string, ...columns: string[]) => ({ dataSource, columns });
  const podWith = (...missingColumns: ReturnType<typeof lacking>[]) =>
    samplePod({ report: sampleReport({ missingColumns }) });
  const messageOf = (input: Case): string | undefined =>
    compute(input).status.conditions?.find(({ type }) => type === 'RecordsIncomplete')?.message;

  it('are reported, and the resource is still ready', () => {
    const observed = { pods: [podWith(lacking('flow_log.l7_flow_log', 'biz_type', 'uid'))] };
    const { said } = compute({ observed });
    expect(said[0]).toBe('Ready True Delivering');
    expect(said.at(-1)).toBe('RecordsIncomplete True ColumnsMissing');
    expect(messageOf({ observed })).toMatch(
      /^the table of flow_log\.l7_flow_log lacks biz_type, uid: records do not have these fields/,
    );
  });

  it('are reported with the same message, whichever pod finds them first', () => {
    const a = lacking('event.file_event', 'file_dir');
    const b = lacking('flow_log.l7_flow_log', 'biz_type');
    const message = messageOf({ observed: { pods: [podWith(a, b)] } });
    expect(message).toMatch(/file_event lacks file_dir; the table of flow_log\.l7_flow_log lacks/);
    expect(messageOf({ observed: { pods: [podWith(b), podWith(b, a)] } })).toBe(message);
  });

  it('are counted when they are many', () => {
    const columns = Array.from({ length: 150 }, (_, i) => `column_${i}`);
    const observed = { pods: [podWith(lacking('flow_log.l4_flow_log', ...columns))] };
    expect(messageOf({ observed })).toContain('column_8, column_9 and 140 more columns: ');
  });

  it.each([
    ['lacks no columns', { observed: { pods: [podWith()] } }],
    ['does not answer', { observed: { pods: [samplePod({ report: undefined })] } }],
    [
      'is being stopped',
      { spec: { enabled: false }, observed: { pods: [podWith(lacking('a.b', 'c'))] } },
    ],
  ] satisfies [string, Case][])('are no condition of an exporter that %s', (_name, input) => {
    expect(messageOf(input)).toBeUndefined();
  });
});

describe('the number of shards', () => {
  const podOf = (shardCount: number | undefined) =>
    samplePod({ report: sampleReport(shardCount === undefined ? {} : { shardCount }) });
  const conditionOf = (input: Case) =>
    compute(input).status.conditions?.find(({ type }) => type === 'ShardsDiffer');

  it.each<[string, Case, string, string]>([
    [
      'is larger than in the spec after it was decreased',
      { spec: { delivery: { shards: 8 } }, observed: { pods: [podOf(16)] } },
      'MoreShards',
      'spec.delivery.shards is 8, but 16 shards share the time, because the number of shards never decreases',
    ],
    [
      'is smaller than in the spec',
      { spec: { delivery: { shards: 32 } }, observed: { pods: [podOf(16)] } },
      'FewerShards',
      'spec.delivery.shards is 32, but 16 shards share the time',
    ],
  ])('%s: a condition says so, and the resource is ready', (_name, input, reason, message) => {
    expect(conditionOf(input)).toMatchObject({ status: 'True', reason });
    expect(conditionOf(input)?.message).toContain(message);
    expect(compute(input).said[0]).toBe('Ready True Delivering');
  });

  it.each<[string, Case]>([
    ['equals the spec', { observed: { pods: [podOf(16)] } }],
    ['is not known yet', { observed: { pods: [podOf(undefined)] } }],
  ])('%s: there is no condition', (_name, input) => {
    expect(conditionOf(input)).toBeUndefined();
  });
});

it('topics that other resources write are named, with at most three resources, and the resource is ready', () => {
  const shared = (...resources: string[]): string | undefined => {
    const { said, status } = compute({ sharedTopics: [{ topic: 't', resources }] });
    expect([said[0], said.at(-1)]).toEqual([
      'Ready True Delivering',
      'TopicShared True AnotherResource',
    ]);
    return status.conditions?.find(({ type }) => type === 'TopicShared')?.message;
  };
  expect(shared('a/one', 'b/two', 'c/three')).toMatch(
    /^topic t is also written by KafkaExporter a\/one, b\/two, c\/three: consumers/,
  );
  const more = shared('a/one', 'b/two', 'c/three', 'd/four');
  expect(more).toMatch(
    /^topic t is also written by more than 3 other KafkaExporters, see TOPICS in/,
  );
  // The message, and with it the status, does not change with each resource that writes the topic, too.
  expect(shared('a/one', 'b/two', 'c/three', 'd/four', 'e/five')).toBe(more);
});

it('a cluster without PodMonitors is a condition of resources that ask for one, and they are ready', () => {
  const observed = { servesPodMonitors: false };
  const asking = compute({ spec: { podMonitor: {} }, observed });
  expect([asking.said[0], asking.said.at(-1)]).toEqual([
    'Ready True Delivering',
    'NotMonitored True PodMonitorUnknown',
  ]);
  expect(compute({ observed }).said).not.toContain('NotMonitored True PodMonitorUnknown');
});

const CASES: readonly [string, Case, string, string][] = [
  ['its Secret is missing', { observed: { secrets: new Map() } }, 'SecretMissing', 'Reconciling'],
  [
    'a pod says that it cannot deliver',
    { observed: problem('TableMissing') },
    'TableMissing',
    'Reconciling',
  ],
  [
    'a pod has not reached its topics',
    { observed: { pods: [samplePod({ report: sampleReport({ delivering: false }) })] } },
    'Starting',
    'Reconciling',
  ],
  [
    'a pod that is not ready does not answer',
    { observed: { pods: [samplePod({ ready: false, report: undefined })] } },
    'Starting',
    'Reconciling',
  ],
  [
    'its one pod is refused by ClickHouse, which accepted the credentials before',
    { observed: problem('ClickHouseAuthenticationFailed') },
    'ClickHouseAuthenticationFailed',
    'Reconciling',
  ],
  [
    'somebody has scaled its Deployment to zero',
    { observed: { ...scaled(0), pods: [] } },
    'ScaledToZero',
    'Reconciling',
  ],
  [
    'the pod of a new configuration cannot deliver, while the former pod still does',
    {
      observed: { ...deployment({ replicas: 2 }), pods: [samplePod({ updated: false }), broken()] },
    },
    'RolloutStopped',
    'Reconciling',
  ],
  [
    'a pod uses older credentials',
    { observed: { pods: [samplePod({ report: sampleReport({ credentialsRevision: 0 }) })] } },
    'Pending',
    'Reconciling',
  ],
  [
    'Kafka refuses the new credentials while the old ones still deliver',
    { observed: renewal('KafkaAuthenticationFailed') },
    'CredentialsRefused',
    'Reconciling',
  ],
  [
    'Kafka does not answer for new connections while the old ones still deliver',
    { observed: renewal('BrokerUnreachable') },
    'BrokerUnreachable',
    'Reconciling',
  ],
  [
    'ClickHouse refuses the new credentials while the old ones still deliver',
    { observed: renewal('ClickHouseAuthenticationFailed') },
    'CredentialsRefused',
    'Reconciling',
  ],
  [
    'ClickHouse does not answer for new connections while the old ones still deliver',
    { observed: renewal('ClickHouseUnreachable') },
    'ClickHouseUnreachable',
    'Reconciling',
  ],
  ['there is no Deployment', { observed: { owned: [], pods: [] } }, 'NotCreated', 'Reconciling'],
  [
    'the Deployment rolls out',
    { observed: { ...deployment({ replicas: 1 }), pods: [] } },
    'Progressing',
    'Reconciling',
  ],
  [
    'the image cannot be pulled',
    {
      observed: {
        ...deployment({ replicas: 1 }),
        pods: [samplePod({ running: false, waiting: 'ErrImagePull', report: undefined })],
      },
    },
    'ImagePullFailed',
    'Reconciling',
  ],
  [
    'the pod crashes',
    {
      observed: {
        ...deployment({}),
        pods: [samplePod({ running: false, waiting: 'CrashLoopBackOff', report: undefined })],
      },
    },
    'PodCrashing',
    'Reconciling',
  ],
  [
    'a sidecar crashes while the exporter runs',
    {
      observed: {
        ...deployment({}),
        pods: [
          samplePod({
            ready: false,
            otherWaiting: { container: 'sidecar', reason: 'CrashLoopBackOff' },
          }),
        ],
      },
    },
    'PodNotStarting',
    'Reconciling',
  ],
  [
    'an injected init container cannot be pulled, and the exporter waits for it',
    {
      observed: {
        ...deployment({}),
        pods: [
          samplePod({
            running: false,
            waiting: 'PodInitializing',
            otherWaiting: { container: 'init', reason: 'ErrImagePull' },
            report: undefined,
          }),
        ],
      },
    },
    'PodNotStarting',
    'Reconciling',
  ],
  [
    'the pod cannot be scheduled',
    {
      observed: {
        ...deployment({}),
        pods: [samplePod({ running: false, waiting: 'Unschedulable', report: undefined })],
      },
    },
    'PodUnschedulable',
    'Reconciling',
  ],
  [
    'a quota refuses the pod',
    {
      observed: {
        ...deployment({}),
        podRefusal: 'pods "l7-x8x" is forbidden: exceeded quota',
        pods: [],
      },
    },
    'PodRefused',
    'Reconciling',
  ],
  [
    'Kubernetes gave up',
    {
      observed: {
        ...deployment({
          conditions: [
            { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' },
          ],
        }),
        pods: [],
      },
    },
    'ProgressDeadlineExceeded',
    'Reconciling',
  ],
  ['a write failed', { writes: { kind: 'failed', message: 'm' } }, 'ApplyFailed', 'Reconciling'],
  [
    'an object is refused',
    { writes: { kind: 'rejected', message: 'm' } },
    'ObjectRejected',
    'Stalled',
  ],
  ['a name is in use', { writes: { kind: 'conflict', message: 'm' } }, 'NameConflict', 'Stalled'],
];

/** The pod of a new configuration, which has started but cannot deliver. */
function broken(): Observation['pods'][number] {
  const report = problem('TableMissing').pods?.[0]?.report;
  return samplePod({ uid: 'new', ready: false, report });
}

/** The Deployment with another number of pods. */
function scaled(replicas: number): Partial<Observation> {
  const { owned = [] } = deployment({ replicas });
  return {
    owned: owned.map((object) =>
      object.kind === 'Deployment' ? { ...object, spec: { replicas } } : object,
    ),
  };
}

describe('while a rollout replaces a pod that delivers', () => {
  const former = samplePod({ updated: false });
  const rolling = (fresh: Partial<Observation['pods'][number]>): Case => ({
    observed: {
      ...deployment({ replicas: 2 }),
      pods: [former, samplePod({ uid: 'new', ...fresh })],
    },
  });
  const delivering = (input: Case) =>
    compute(input).status.conditions?.find(({ type }) => type === 'Delivering');

  it.each([
    ['does not answer yet', { ready: false, report: undefined }],
    [
      'has not reached its topics yet',
      { ready: false, report: sampleReport({ delivering: false }) },
    ],
    ['cannot deliver', { ready: false, report: broken().report }],
  ])('and the new pod %s, Delivering stays True', (_name, fresh) => {
    expect(delivering(rolling(fresh))).toMatchObject({ status: 'True', reason: 'Delivering' });
  });

  it('and the new pod cannot deliver, WorkloadAvailable says why the rollout stopped', () => {
    const { conditions } = compute(rolling({ ready: false, report: broken().report })).status;
    expect(conditions?.find(({ type }) => type === 'WorkloadAvailable')).toMatchObject({
      reason: 'RolloutStopped',
      message: 'the new pod cannot deliver, so the former pods go on: m',
    });
  });

  it('that does not deliver either, the conditions are those of the new pod', () => {
    const pods = [{ ...broken(), updated: false }, samplePod({ uid: 'new' })];
    const found = delivering({ observed: { ...deployment({ replicas: 2 }), pods } });
    expect(found).toMatchObject({ status: 'True' });
  });
});

describe('pods that are ready but do not answer the operator', () => {
  it('leave the resource ready, and the conditions say what is not known', () => {
    const { said } = compute({ observed: { pods: [samplePod({ report: undefined })] } });
    expect(said).toEqual([
      'Ready True NoReport',
      'ConfigValid True Valid',
      'CredentialsResolved True Resolved',
      'CredentialsApplied Unknown NoReport',
      'WorkloadAvailable True Available',
      'Delivering Unknown NoReport',
    ]);
  });
});

it('fields that another program sets again are named, at most five, and the resource is ready', () => {
  const fields = Array.from({ length: 7 }, (_, i) => `spec.field${i}`);
  const contested = [{ kind: 'Deployment', name: 'l7-exporter', fields }];
  const { said, status } = compute({ contested });
  expect([said[0], said.at(-1)]).toEqual([
    'Ready True Delivering',
    'ChangedByOthers True AnotherManager',
  ]);
  expect(status.conditions?.at(-1)?.message).toContain(
    'spec.field4 of Deployment l7-exporter and 2 more fields; ',
  );
});

it('records do not reach Kafka before there is a record', () => {
  const report = sampleReport({ recordsExported: 0 });
  const { conditions } = compute({ observed: { pods: [samplePod({ report })] } }).status;
  expect(conditions?.[0]?.message).toMatch(/there was no record to export$/);
});

it('credentials that a server refuses now are not called applied', () => {
  const { conditions } = compute({ observed: problem('ClickHouseAuthenticationFailed') }).status;
  expect(conditions?.find(({ type }) => type === 'CredentialsApplied')).toMatchObject({
    status: 'False',
    reason: 'CredentialsRefused',
    message: 'ClickHouse refuses revision 1 of the credentials: m',
  });
});

describe('a resource is not ready', () => {
  it.each(CASES)('because %s', (...[, input, reason, also]) => {
    const { said } = compute(input);
    expect(said).toContain(`Ready False ${reason}`);
    expect(said.filter((text) => /^(Reconciling|Stalled)/.test(text))).toEqual([
      `${also} True ${reason}`,
    ]);
  });

  it('while changes wait for the end of a suspension, and is neither Reconciling nor Stalled', () => {
    const { said } = compute({
      spec: { suspend: true },
      writes: { kind: 'suspended', pending: 1 },
    });
    expect(said).toContain('Ready False Suspended');
    expect(said.join()).not.toMatch(/Reconciling|Stalled/);
  });

  it('because of an invalid spec, and still says how the running workload is', () => {
    const observed = problem('TableMissing');
    const previous = compute({}).status;
    const observation = settledObservation(sampleResource({ sasl: SASL, enabled: false }), {
      ...deployment({ replicas: 1, updatedReplicas: 1, readyReplicas: 1, availableReplicas: 1 }),
      ...observed,
    });
    const { status } = statusOf({
      resourceName: 'l7',
      generation: 4,
      outcome: { kind: 'invalid', reason: 'InvalidSpec', problems: ['spec.a: must be b'] },
      observation,
      sharedTopics: [],
      previous,
      nowMs: NOW,
    });
    const said = status.conditions?.map(
      ({ type, status: value, reason, observedGeneration }) =>
        `${type} ${value} ${reason} ${observedGeneration}`,
    );
    expect(said).toEqual([
      'Ready False InvalidSpec 4',
      'Stalled True InvalidSpec 4',
      'ConfigValid False InvalidSpec 4',
      'CredentialsResolved True Resolved 3',
      'CredentialsApplied True Applied 3',
      'WorkloadAvailable True Available 4',
      'Delivering False TableMissing 4',
    ]);
    expect(status.readyReplicas).toBe(1);
  });

  it.each(WARNING_CONDITIONS)(
    'because of an invalid spec, without a %s that has ended since',
    (type) => {
      const { status } = compute({});
      const over = condition.parse({ ...status.conditions?.at(-1), type, status: 'True' });
      const { conditions } = statusOf({
        resourceName: 'l7',
        generation: 4,
        outcome: { kind: 'invalid', reason: 'InvalidSpec', problems: ['spec.a: must be b'] },
        observation: settledObservation(sampleResource(), {}),
        sharedTopics: [],
        previous: { ...status, conditions: [...(status.conditions ?? []), over] },
        nowMs: NOW,
      }).status;
      expect(conditions?.map((each) => each.type)).not.toContain(type);
    },
  );

  it('because the operator fails again and again, and keeps the other conditions', () => {
    const previous = compute({}).status;
    const { status, lookAgainMs } = statusOf({
      resourceName: 'l7',
      generation: 3,
      outcome: { kind: 'failed', message: 'm' },
      observation: undefined,
      sharedTopics: [],
      previous,
      nowMs: NOW,
    });
    const said = status.conditions?.map(({ type, status: value, reason }) => [type, value, reason]);
    expect(said).toEqual([
      ['Ready', 'False', 'ReconcileFailed'],
      ['Reconciling', 'True', 'ReconcileFailed'],
      ...(previous.conditions ?? [])
        .slice(1)
        .map(({ type, status: value, reason }) => [type, value, reason]),
    ]);
    expect([status.config, lookAgainMs]).toEqual([previous.config, 600_000]);
  });

  it('because of a spec that cannot be parsed, and keeps the status of the running workload', () => {
    const result = statusOf({
      resourceName: 'l7',
      generation: 4,
      outcome: {
        kind: 'invalid',
        reason: 'InvalidSpec',
        problems: ['spec.a: must be b', 'spec.c: must be d'],
      },
      observation: undefined,
      sharedTopics: [],
      previous: { config: { hash: 'h' }, credentials: { desiredRevision: 2 } },
      nowMs: NOW,
    });
    expect(result.status).toMatchObject({
      observedGeneration: 4,
      config: { hash: 'h' },
      credentials: { desiredRevision: 2 },
    });
    expect(result.status.conditions?.map(({ type, message }) => [type, message])).toEqual([
      ['Ready', 'spec.a: must be b; spec.c: must be d'],
      ['Stalled', 'spec.a: must be b; spec.c: must be d'],
      ['ConfigValid', 'spec.a: must be b; spec.c: must be d'],
    ]);
  });
});

describe('the configuration in the status', () => {
  const pod = (configHash: string, running = true) =>
    samplePod({ uid: configHash, configHash, running });
  it.each<[string, Observation['pods'], string | undefined, string | undefined]>([
    ['is the one that all running pods use', [pod('b'), pod('b')], 'a', 'b'],
    ['is the former one while a pod runs with it', [pod('b'), pod('a')], 'a', 'a'],
    ['is not the one of a pod that does not run yet', [pod('b', false), pod('a')], 'a', 'a'],
    ['is absent while nothing runs', [pod('b', false)], 'a', undefined],
    ['is absent while there are no pods', [], 'a', undefined],
    ['is there at the first start', [pod('a')], undefined, 'a'],
  ])('%s', (_name, pods, former, expected) => {
    const previous = former === undefined ? {} : { config: { hash: former } };
    expect(compute({ observed: { pods }, previous }).status.config?.hash).toBe(expected);
  });
});

describe('a change in progress', () => {
  const missing = { observed: { secrets: new Map() } };
  it('may take 10 minutes, and is checked again after them', () => {
    expect(compute(missing).lookAgainMs).toBe(600_000);
    const previous = before(['Reconciling', 'SecretMissing', '15']);
    expect(compute({ ...missing, previous }).lookAgainMs).toBe(300_000);
  });

  it.each([
    ['is stalled after 10 minutes', before(['Reconciling', 'SecretMissing', '10']), 'Stalled'],
    ['stays stalled for the same reason', before(['Stalled', 'SecretMissing', '19']), 'Stalled'],
    ['starts again for another reason', before(['Stalled', 'TableMissing', '01']), 'Reconciling'],
    [
      'has another 10 minutes after a change of the spec',
      before(['Reconciling', 'SecretMissing', '01'], 2),
      'Reconciling',
    ],
    [
      'has another 10 minutes after a change of the spec that was stalled',
      before(['Stalled', 'SecretMissing', '01'], 2),
      'Reconciling',
    ],
  ])('%s', (_name, previous, expected) => {
    expect(compute({ ...missing, previous }).said).toContain(`${expected} True SecretMissing`);
  });

  it('counts its 10 minutes from the change of the spec', () => {
    const previous = before(['Reconciling', 'SecretMissing', '01'], 2);
    const { status } = compute({ ...missing, previous });
    const found = status.conditions?.find(({ type }) => type === 'Reconciling');
    expect(found?.lastTransitionTime).toBe('2026-01-01T00:20:00Z');
    expect(compute({ ...missing, previous: status }).lookAgainMs).toBe(600_000);
  });

  it('says that the last valid credentials stay in use', () => {
    const { status } = compute({ observed: { secrets: new Map(), statusRevision: 1 } });
    const resolved = status.conditions?.find(({ type }) => type === 'CredentialsResolved');
    expect(resolved?.message).toMatch(/; the last valid credentials stay in use$/);
    expect(KAFKA_SECRET.size).toBe(1);
  });
});
