import { describe, expect, it } from 'vitest';
import { environmentRefusals } from '../../../src/operator/credentials/environment-secrets.ts';
import type { SecretContent } from '../../../src/operator/credentials/resolve-credentials.ts';
import { credentialsResolvedCondition } from '../../../src/operator/reconcile/status/credentials-conditions.ts';
import { desiredOf, KAFKA_SECRET } from '../sample-observation.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

const LABEL = { key: 'exported', value: undefined };
const ENV = [
  { name: 'HTTPS_PROXY', valueFrom: { secretKeyRef: { name: 'proxy', key: 'url' } } },
  { name: 'HTTP_PROXY', valueFrom: { secretKeyRef: { name: 'proxy', key: 'plain' } } },
  { name: 'NO_PROXY', value: '.svc' },
];
const REFUSED: SecretContent = {
  data: {},
  refusal: { reason: 'SecretNotLabelled', label: LABEL },
};
const resource = sampleResource({ sasl: SASL, podTemplate: { env: ENV } });

describe('a variable of the pods from a Secret', () => {
  it.each<[string, SecretContent | undefined, typeof LABEL | undefined, readonly string[]]>([
    ['may name a Secret that may be used', { data: {} }, LABEL, []],
    ['may name a Secret that does not exist, if no label is required', undefined, undefined, []],
    [
      'must not name one that could be created without the label',
      undefined,
      LABEL,
      ['SecretMissing'],
    ],
    ['must not name a refused Secret, which is said once', REFUSED, LABEL, ['SecretNotLabelled']],
    [
      'must not name the token of a ServiceAccount',
      { data: {}, refusal: { reason: 'SecretTypeRefused' } },
      undefined,
      ['SecretTypeRefused'],
    ],
  ])('%s', (_name, secret, secretLabel, reasons) => {
    const secrets = new Map(secret === undefined ? [] : [['proxy', secret]]);
    const input = { secrets, secretLabel, namespace: 'observability' };
    const found = environmentRefusals(resource.spec, input);
    expect(found.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('of a Secret that must have a label names the command that creates it', () => {
    const input = { secrets: new Map(), secretLabel: LABEL, namespace: 'observability' };
    expect(environmentRefusals(resource.spec, input).map(({ message }) => message)).toEqual([
      'Secret proxy (spec.podTemplate.env) does not exist; create it, and then set its label exported: kubectl create secret generic proxy --namespace observability --from-literal=url=URL --from-literal=plain=PLAIN',
    ]);
  });

  it('of a refused Secret keeps the Deployment as it is, while the credentials go on being published', () => {
    const refused = desiredOf(resource, new Map([...KAFKA_SECRET, ['proxy', REFUSED]]));
    const kinds = refused.manifests.map(({ kind }) => kind);
    expect(kinds).toContain('Secret');
    expect(kinds).not.toContain('Deployment');
    expect(credentialsResolvedCondition(refused)).toMatchObject({
      status: 'False',
      reason: 'SecretNotLabelled',
    });
    const permitted = desiredOf(resource, new Map([...KAFKA_SECRET, ['proxy', { data: {} }]]));
    expect(permitted.manifests.map(({ kind }) => kind)).toContain('Deployment');
  });
});
