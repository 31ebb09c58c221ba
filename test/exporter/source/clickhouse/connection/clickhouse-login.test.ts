import type { RequestListener } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ClickHouseAddresses,
  createClickHouseAddresses,
} from '../../../../../src/exporter/source/clickhouse/addresses/clickhouse-addresses.ts';
import type { Problem } from '../../../../../src/exporter/contract/status-report.ts';
import { systemClock } from '../../../../../src/lib/clock.ts';
import { until } from '../../../../lib/until.ts';
import { startAnswering } from '../answering-server.ts';

interface Server {
  readonly url: string;
  readonly taken: Set<string>;
  /** The passwords of the queries, in their order. */
  readonly asked: string[];
}

/** A ClickHouse that accepts some passwords, and answers every query with an empty result. */
async function startServer(...passwords: readonly string[]): Promise<Server> {
  const taken = new Set(passwords);
  const asked: string[] = [];
  const answer: RequestListener = ({ headers }, response) => {
    const login = Buffer.from(headers.authorization?.slice('Basic '.length) ?? '', 'base64');
    const [, password = ''] = login.toString().split(':');
    asked.push(password);
    if (taken.has(password)) response.end();
    else {
      response.writeHead(403, { 'X-ClickHouse-Exception-Code': '516' });
      response.end(
        'Code: 516. DB::Exception: reader: Authentication failed. (AUTHENTICATION_FAILED) (version 24.8.14.39)\n',
      );
    }
  };
  return { url: await startAnswering(answer), taken, asked };
}

interface Opened {
  readonly addresses: ClickHouseAddresses;
  readonly problem: () => Omit<Problem, 'since'> | undefined;
  readonly rotate: (revision: number, password: string) => void;
}

function open(...urls: readonly string[]): Opened {
  let credentials = { revision: 1, clickHouseUsername: 'reader', clickHousePassword: 'old' };
  let problem: Omit<Problem, 'since'> | undefined;
  const renewal = {
    found: (found: Omit<Problem, 'since'>) => {
      problem = found;
    },
    solved: () => {
      problem = undefined;
    },
  };
  const [url = '', ...replicaUrls] = urls;
  const addresses = createClickHouseAddresses(
    { clock: systemClock, random: Math.random, renewal },
    { url, replicaUrls, authenticated: true, requestTimeoutMs: 10_000 },
    () => credentials,
  );
  const stop = new AbortController();
  onTestFinished(() => {
    stop.abort();
  });
  void addresses.watch(stop.signal);
  return {
    addresses,
    problem: () => problem,
    rotate: (revision, clickHousePassword) => {
      credentials = { ...credentials, revision, clickHousePassword };
    },
  };
}

const ask = (addresses: ClickHouseAddresses): Promise<void> =>
  addresses.ask((queries) => queries.command({ query: 'SELECT 1 FORMAT Null' }));

test('new credentials that ClickHouse refuses stop nothing, are reported, and are used once it accepts them', async () => {
  const server = await startServer('old');
  const { addresses, problem, rotate } = open(server.url);
  await ask(addresses);
  expect(addresses.revision()).toBe(1);

  rotate(2, 'new');
  await until('a problem', problem);
  expect(problem()).toEqual({
    reason: 'ClickHouseAuthenticationFailed',
    message: `ClickHouse at ${server.url} refused the user name or password: correct the Secret of spec.source.clickHouse.credentialsSecretRef (AUTHENTICATION_FAILED: reader: Authentication failed. (AUTHENTICATION_FAILED) (version 24.8.14.39))`,
  });
  await ask(addresses);
  expect(server.asked.at(-1)).toBe('old');
  expect(addresses.revision()).toBe(1);

  server.taken.add('new');
  await until('revision 2', () => addresses.revision() === 2);
  await until('no problem', () => problem() === undefined);
  server.taken.delete('old');
  await ask(addresses);
  expect(server.asked.at(-1)).toBe('new');
});

test('credentials that ClickHouse accepts are used without a failed query', async () => {
  const server = await startServer('old', 'new');
  const { addresses, rotate } = open(server.url);
  await ask(addresses);
  rotate(2, 'new');
  await until('revision 2', () => addresses.revision() === 2);
  await ask(addresses);
  expect(server.asked.at(-1)).toBe('new');
});

test('credentials that never worked are replaced at once', async () => {
  const server = await startServer('new');
  const { addresses, rotate, problem } = open(server.url);
  await expect(ask(addresses)).rejects.toThrow(server.url);
  expect([addresses.revision(), problem()]).toEqual([undefined, undefined]);
  rotate(2, 'new');
  await ask(addresses);
  expect(addresses.revision()).toBe(2);
});

test('a revision that changes nothing for ClickHouse is accepted at once', async () => {
  const server = await startServer('old');
  const { addresses, rotate } = open(server.url);
  await ask(addresses);
  rotate(2, 'old');
  expect(addresses.revision()).toBe(2);
});

test('every address that answers must accept them, and an unreachable address is not waited for', async () => {
  const [first, second] = [await startServer('old', 'new'), await startServer('old')];
  const nobody = 'http://127.0.0.1:9';
  const { addresses, problem, rotate } = open(first.url, second.url, nobody);
  const askAll = async (): Promise<void> => {
    for (let i = 0; i < 4; i++) await ask(addresses);
  };
  await askAll();
  rotate(2, 'new');
  await until('a problem', problem);
  expect(problem()?.message).toContain(second.url);
  await askAll();
  expect(addresses.revision()).toBe(1);
  second.taken.add('new');
  await until('revision 2', () => addresses.revision() === 2);
});
