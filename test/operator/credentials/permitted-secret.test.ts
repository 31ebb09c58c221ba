import { describe, expect, it } from 'vitest';
import {
  refusalMessage,
  type SecretLabel,
  secretRefusal,
} from '../../../src/operator/credentials/permitted-secret.ts';

const TOKEN = 'kubernetes.io/service-account-token';
const ANY: SecretLabel = { key: 'example.com/exported', value: undefined };
const YES: SecretLabel = { key: 'example.com/exported', value: 'yes' };
const EMPTY: SecretLabel = { key: 'example.com/exported', value: '' };

type Labels = Readonly<Record<string, string>> | undefined;

describe('a Secret that a KafkaExporter refers to', () => {
  it.each<[string, string | undefined, Labels, SecretLabel | undefined, string | undefined]>([
    ['is used whatever its labels, if none is required', 'Opaque', undefined, undefined, undefined],
    ['is used without a type', undefined, {}, undefined, undefined],
    [
      'of the type kubernetes.io/basic-auth is used',
      'kubernetes.io/basic-auth',
      {},
      undefined,
      undefined,
    ],
    ['of the type kubernetes.io/tls is used', 'kubernetes.io/tls', {}, undefined, undefined],
    ['is refused if it is a token of a ServiceAccount', TOKEN, {}, undefined, 'SecretTypeRefused'],
    [
      'is refused as a token even with the label',
      TOKEN,
      { 'example.com/exported': 'yes' },
      YES,
      'SecretTypeRefused',
    ],
    ['is refused without any label', 'Opaque', undefined, ANY, 'SecretNotLabelled'],
    ['is refused with another label', 'Opaque', { exported: 'yes' }, ANY, 'SecretNotLabelled'],
    [
      'is used with the label, whatever its value',
      'Opaque',
      { 'example.com/exported': 'no' },
      ANY,
      undefined,
    ],
    [
      'is used with the label and an empty value',
      'Opaque',
      { 'example.com/exported': '' },
      ANY,
      undefined,
    ],
    [
      'is used with the value that is required',
      'Opaque',
      { 'example.com/exported': 'yes' },
      YES,
      undefined,
    ],
    [
      'is refused with another value',
      'Opaque',
      { 'example.com/exported': 'no' },
      YES,
      'SecretNotLabelled',
    ],
    [
      'is refused if the value must be empty and is not',
      'Opaque',
      { 'example.com/exported': 'no' },
      EMPTY,
      'SecretNotLabelled',
    ],
  ])('%s', (_name, type, labels, required, reason) => {
    expect(secretRefusal({ type, labels }, required)?.reason).toBe(reason);
  });

  it.each<[SecretLabel, string]>([
    [ANY, 'kubectl label secret kafka --namespace edge --overwrite example.com/exported=true'],
    [YES, 'kubectl label secret kafka --namespace edge --overwrite example.com/exported=yes'],
    [EMPTY, 'kubectl label secret kafka --namespace edge --overwrite example.com/exported='],
  ])('is named with the command that sets the label %j', (label, command) => {
    const refusal = { reason: 'SecretNotLabelled', label } as const;
    const names = { name: 'kafka', fields: 'spec.sasl.credentialsSecretRef', namespace: 'edge' };
    const message = refusalMessage(refusal, names);
    expect(message.endsWith(`: ${command}`)).toBe(true);
    expect(message).toMatch(/^Secret kafka \(spec\.sasl\.credentialsSecretRef\) does not have/);
  });
});
