import { expect, test } from 'vitest';
import { statusReportSchema } from '../../src/exporter/contract/status-report.ts';
import { credentialState, credentialText } from '../../src/fleet/credential-state.ts';
import type { ExporterReading, PodReading } from '../../src/fleet/fleet-reading.ts';
import { shownResource } from '../../src/fleet/shown-resource.ts';
import { exporterObject } from './sample-fleet.ts';

const REFUSAL = {
  reason: 'KafkaAuthenticationFailed' as const,
  message: 'correct the password',
  since: '2026-01-31T00:59:00Z',
};

function pod(
  report: Readonly<Record<string, unknown>> | undefined,
  state: PodReading['state'] = 'Ready',
): PodReading {
  const answer = { delivering: true, problems: [], recordsExported: 1, ...report };
  const parsed = report === undefined ? undefined : statusReportSchema.parse(answer);
  return { name: 'p', uid: 'u', state, isSilent: false, report: parsed, counters: undefined };
}

function reading(
  pods: readonly PodReading[] | undefined,
  credentials?: Readonly<Record<string, unknown>>,
): ExporterReading {
  return { ...shownResource(exporterObject('a', { conditions: [], credentials })), pods };
}

const AT_2 = { desiredRevision: 2, appliedRevision: 2 };
const uses = (credentialsRevision: number): PodReading => pod({ credentialsRevision });

test.each<[string, ExporterReading, string]>([
  ['all pods use it', reading([uses(2), uses(2)], AT_2), 'revision 2, in use by 2 of 2 pods'],
  ['one pod uses it', reading([uses(2)], AT_2), 'revision 2, in use by 1 of 1 pod'],
  [
    'a rotation is under way',
    reading([uses(3), uses(2)], { desiredRevision: 3, appliedRevision: 2 }),
    'revision 3, in use by 1 of 2 pods',
  ],
  [
    'no pod uses it yet',
    reading([uses(2)], { desiredRevision: 3, appliedRevision: 2 }),
    'revision 3, in use by 0 of 1 pod',
  ],
  [
    'a candidate is being tried',
    reading([pod({ credentialsRevision: 2, candidate: { revision: 3 } })], AT_2),
    'revision 2, in use by 1 of 1 pod; trying 3',
  ],
  [
    'a candidate is refused by one of two pods',
    reading(
      [
        pod({ credentialsRevision: 2, candidate: { revision: 3, problem: REFUSAL } }),
        pod({ credentialsRevision: 2, candidate: { revision: 3 } }),
      ],
      AT_2,
    ),
    'revision 2, in use by 2 of 2 pods; 3 refused',
  ],
  [
    'a pod that has ended does not count',
    reading([uses(2), pod(undefined, 'Ended')], AT_2),
    'revision 2, in use by 1 of 1 pod',
  ],
  [
    'a silent pod counts',
    reading([uses(2), pod(undefined)], AT_2),
    'revision 2, in use by 1 of 2 pods',
  ],
  ['pods may not be listed', reading(undefined, AT_2), 'revision 2, in use'],
  ['they are not in use', reading(undefined, { desiredRevision: 2 }), 'revision 2, not in use yet'],
  [
    'former ones are in use, as the status says',
    reading([pod(undefined)], { desiredRevision: 3, appliedRevision: 2 }),
    'revision 3, 2 in use',
  ],
  ['only pods know it', reading([uses(2)]), 'revision 2, in use by 1 of 1 pod'],
  ['there are none', reading([]), '-'],
])('the words when %s', (_name, exporter, text) => {
  expect(credentialText(credentialState(exporter))).toBe(text);
});

test('each pod tells why it cannot use credentials, new ones and those in use', () => {
  const pods = [
    pod({ candidate: { revision: 3, problem: REFUSAL } }),
    pod({ renewalProblem: { ...REFUSAL, credentialsRevision: 2 } }),
    pod({ candidate: { revision: 3 } }),
  ];
  expect(credentialState(reading(pods, AT_2)).refusals).toEqual([
    { ...REFUSAL, pod: 'p', revision: 3 },
    { ...REFUSAL, credentialsRevision: 2, pod: 'p', revision: 2 },
  ]);
});
