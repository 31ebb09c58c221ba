import { SASL_MECHANISMS } from '../../../exporter/contract/exporter-config.ts';
import { nearestOf } from '../../../lib/nearest.ts';
import type { ExporterDraft } from './exporter-draft.ts';
import type { Found, OptionMap } from '../read/option-map.ts';
import { SASL_OPTIONS } from '../read/option-names.ts';

/** Mechanisms with a user name and a password. */
const WITH_PASSWORD = SASL_MECHANISMS.filter((name) => name !== 'OAUTHBEARER');
const PROTOCOLS = ['SASL_SSL', 'SASL_PLAINTEXT'];

const NO_TLS =
  'deepflow-server has no TLS, whatever is written: endpoints must name TLS listeners of the brokers, and tls.caSecretRef a CA of your own; to go on in clear text, write SASL_PLAINTEXT';

/** Converts `sasl`. The password goes into `draft.login`, and never into the report. */
export function convertLogin(secretName: string) {
  return (options: OptionMap, draft: ExporterDraft): void => {
    const sasl = options.map('sasl');
    if (sasl === undefined) {
      draft.sayAbsent('sasl', {
        becomes: 'no login, and no encryption',
        note: 'as in deepflow-server; tls: {} encrypts',
      });
      return;
    }
    const { value: login } = sasl;
    login.reportUnknown(SASL_OPTIONS);
    const enabled = login.flag('enabled');
    const read = SASL_OPTIONS.slice(1).map((name) => login.text(name));
    if (enabled?.value !== true) {
      const note = 'sasl.enabled is not true: the exporter does not log in, as in deepflow-server';
      if (enabled !== undefined)
        draft.say(enabled, {
          becomes: 'no sasl: no login, and no encryption',
          note: 'tls: {} encrypts',
        });
      for (const each of read) {
        if (each !== undefined) draft.say(each, { outcome: 'no effect', becomes: 'nothing', note });
      }
      return;
    }
    draft.say(enabled, { becomes: 'sasl' });
    const [protocol, mechanism, username, password] = read;
    draft.set(sasl, 'sasl', {
      value: {
        securityProtocol: protocolOf(protocol, draft),
        mechanism: mechanismOf(mechanism, draft),
        credentialsSecretRef: { name: secretName },
      },
      isDecisive: true,
    });
    const texts = { username: username?.value ?? '', password: password?.value ?? '' };
    for (const [name, found] of Object.entries({ username, password })) {
      const becomes = `key ${name} of the Secret ${secretName}`;
      if (found !== undefined && found.value !== '') draft.say(found, { becomes });
      else {
        const note = `sasl.${name} is missing or empty: put it into the Secret`;
        draft.sayAbsent(`sasl.${name}`, { outcome: 'not converted', becomes, note });
      }
    }
    draft.login = texts;
  };
}

function protocolOf(found: Found<string> | undefined, draft: ExporterDraft): string {
  const fallback = 'SASL_SSL';
  const becomes = (value: string): string => `sasl.securityProtocol: ${value}`;
  if (found === undefined || found.value === '') {
    draft.sayAbsent('sasl.security-protocol', {
      outcome: 'differs',
      becomes: becomes(fallback),
      note: NO_TLS,
    });
    return fallback;
  }
  if (!PROTOCOLS.includes(found.value)) {
    const note = `must be ${PROTOCOLS.join(' or ')}: without a valid value the connection is encrypted; ${NO_TLS}`;
    draft.say(found, { outcome: 'not converted', becomes: becomes(fallback), note });
    return fallback;
  }
  const isEncrypted = found.value === 'SASL_SSL';
  draft.say(found, {
    becomes: becomes(found.value),
    ...(isEncrypted
      ? { outcome: 'differs', note: NO_TLS }
      : { note: 'the password crosses the network in clear text, as before' }),
  });
  return found.value;
}

function mechanismOf(found: Found<string> | undefined, draft: ExporterDraft): string {
  const becomes = (value: string): string => `sasl.mechanism: ${value}`;
  if (found === undefined || found.value === '') {
    const note = 'the only mechanism of deepflow-server';
    draft.sayAbsent('sasl.sasl-mechanism', { becomes: becomes('PLAIN'), note });
    return 'PLAIN';
  }
  if (!WITH_PASSWORD.some((name) => name === found.value)) {
    draft.say(found, {
      outcome: 'not converted',
      becomes: becomes('PLAIN'),
      note: `must be one of ${WITH_PASSWORD.join(', ')}; the nearest is "${nearestOf(found.value, WITH_PASSWORD)}"; deepflow-server uses PLAIN, whatever is written`,
    });
    return 'PLAIN';
  }
  draft.say(found, {
    becomes: becomes(found.value),
    ...(found.value === 'PLAIN'
      ? {}
      : {
          outcome: 'differs',
          note: 'deepflow-server logs in with PLAIN, whatever is written: the brokers must offer this mechanism',
        }),
  });
  return found.value;
}
