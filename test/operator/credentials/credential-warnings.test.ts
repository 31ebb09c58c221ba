import { expect, it } from 'vitest';
import { credentialNeeds } from '../../../src/operator/credentials/credential-needs.ts';
import { credentialWarnings } from '../../../src/operator/credentials/credential-warnings.ts';
import { secretContent } from '../sample-observation.ts';
import { SASL, sampleResource } from '../sample-resource.ts';

function warnings(spec: object, secret: Readonly<Record<string, string>>): string[] {
  return credentialWarnings(credentialNeeds(sampleResource({ ...spec }).spec), {
    secrets: new Map([['kafka', secretContent(secret)]]),
    configMaps: new Map(),
  });
}

it.each([
  ['a password', { username: 'u', password: 'secret\n' }, ['password']],
  ['a password of Windows', { username: 'u', password: 'secret\r\n' }, ['password']],
  ['both', { username: 'u\n', password: 'secret\n' }, ['username', 'password']],
])(
  'a newline at the end of %s is named with its Secret and key, without the value',
  (_name, secret, keys) => {
    const found = warnings({ sasl: SASL }, secret);
    expect(found).toHaveLength(keys.length);
    for (const [index, key] of keys.entries()) {
      expect(found[index]).toContain(
        `key ${key} of Secret kafka (spec.sasl.credentialsSecretRef) ends with a newline, which is sent`,
      );
    }
    expect(found.join()).not.toContain('secret');
  },
);

it.each([
  ['a newline inside of a password', { sasl: SASL }, { username: 'u', password: 'a\nb' }],
  [
    'the newline that ends a token for pushes, which the exporter ignores',
    {
      universalTagTranslateToNameDisabled: true,
      source: { http: { bearerTokenSecretRef: { name: 'kafka' } } },
    },
    { token: 'a-token-of-sixteen-characters\n' },
  ],
  [
    'the newline that ends a certificate',
    { tls: { caSecretRef: { name: 'kafka' } } },
    { 'ca.crt': 'PEM\n' },
  ],
])('%s is ordinary', (_name, spec, secret) => {
  expect(warnings(spec, secret)).toEqual([]);
});
