import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { convertCommand } from '../../../src/cli/convert/convert.ts';
import { checkFile } from '../../../src/cli/validate/check-file.ts';
import { serverYaml } from './conversion.ts';

const PASSWORD = 's3cret';
const WITH_LOGIN = serverYaml(
  `sasl: { enabled: true, username: "it's me", password: ${PASSWORD}, security-protocol: SASL_PLAINTEXT }`,
);

interface Result {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number;
}

async function run(
  serverYamlText: string,
  options: readonly string[] = [],
  isTTY = false,
): Promise<Result> {
  const [stdin, stderr] = [new PassThrough(), new PassThrough()];
  const stdout = Object.assign(new PassThrough(), { isTTY });
  stdin.end(serverYamlText);
  const output = Promise.all([text(stdout), text(stderr)]);
  let code = 0;
  const setExitCode = (given: number): void => {
    code = given;
  };
  try {
    const command = convertCommand({ stdin, stdout, stderr, setExitCode });
    await command.parseAsync(['-', ...options], { from: 'user' });
  } finally {
    stdout.end();
    stderr.end();
  }
  const [printed, told] = await output;
  return { stdout: printed, stderr: told, code };
}

const folder = (): Promise<string> => mkdtemp(join(tmpdir(), 'convert-'));

describe('convert', () => {
  test('prints KafkaExporters that validate accepts, and each option with its place', async () => {
    const { code, stderr, stdout } = await run(serverYaml('topic: flows'));
    const { resources } = checkFile('-', stdout);
    expect(resources).toMatchObject([{ name: 'deepflow-export/l7-flow-log', problems: [] }]);
    expect(stderr).toContain('standard input:9:5: topic: same: topic: flows\n');
    expect(stderr).toMatch(/1 exporter, 1 KafkaExporter; options: .* 0 not converted\n$/);
    expect(code).toBe(0);
  });

  test('ends with 1 when something waits for a decision, and says so in the manifest', async () => {
    const { code, stdout } = await run(serverYaml('queue-count: 100'));
    expect(code).toBe(1);
    expect(stdout).toContain('# Not converted, see the report: queue-count.\n');
  });

  test('writes all files, and prints only what is not converted', async () => {
    const directory = join(await folder(), 'new');
    const { stderr, stdout } = await run(serverYaml('queue-count: 100'), ['-d', directory]);
    expect(await readdir(directory)).toEqual(['kafka.sh', 'kafkaexporters.yaml', 'report.md']);
    expect(stdout).toBe('');
    expect(stderr.split('\n').slice(0, -2)).toEqual([
      'standard input:9:5: queue-count: not converted: nothing; must be at most 64',
    ]);
    const report = await readFile(join(directory, 'report.md'), 'utf8');
    expect(report).toContain(
      '| `queue-count` | 9 | not converted | `nothing` | must be at most 64 |\n',
    );
  });

  test('takes what server.yaml does not say from options', async () => {
    const { stdout } = await run(serverYaml(), [
      ...['-n', 'kafka', '--name', 'calls', '--topic', 'shadow.{table}'],
      ...['--clickhouse', 'https://ch:8443', '--clickhouse-secret', 'ch-user'],
      ...['--record-format', 'Documented', '--start-from', '2026-01-31T00:00:00Z'],
    ]);
    for (const line of [
      '  name: calls\n  namespace: kafka\n',
      `      url: https://ch:8443\n      startFrom: '2026-01-31T00:00:00Z'\n      credentialsSecretRef:\n        name: ch-user\n`,
      '  topic: shadow.{table}\n',
      '  recordFormat: Documented\n',
    ]) {
      expect(stdout).toContain(line);
    }
  });

  test('gives the same bytes again', async () => {
    expect(await run(WITH_LOGIN)).toEqual(await run(WITH_LOGIN));
  });
});

describe('a password', () => {
  test('is in no output unless it is asked for; the report has the command for its Secret', async () => {
    const directory = await folder();
    const { stderr, stdout } = await run(WITH_LOGIN, ['--report', join(directory, 'report.md')]);
    const report = await readFile(join(directory, 'report.md'), 'utf8');
    expect(`${stdout}${stderr}${report}`).not.toContain(PASSWORD);
    expect(stdout).toContain(
      '# It needs the Secret l7-flow-log-kafka with the keys username and password.\n',
    );
    expect(report).toContain(
      String.raw`kubectl create secret generic l7-flow-log-kafka --namespace deepflow-export --from-literal=username='it'\''s me' --from-file=password=l7-flow-log-kafka.txt`,
    );
  });

  test('goes into a file that only its owner may read', async () => {
    const directory = await folder();
    await run(WITH_LOGIN, ['--with-passwords', '-d', directory]);
    const path = join(directory, 'secrets.yaml');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toBe(`---
apiVersion: v1
kind: Secret
metadata:
  name: l7-flow-log-kafka
  namespace: deepflow-export
stringData:
  username: it's me
  password: ${PASSWORD}
`);
    const others = ['kafka.sh', 'kafkaexporters.yaml', 'report.md'];
    for (const name of others) {
      expect(await readFile(join(directory, name), 'utf8')).not.toContain(PASSWORD);
    }
  });

  test('goes into a pipe, but not to a terminal', async () => {
    const { stdout } = await run(WITH_LOGIN, ['--with-passwords']);
    expect(stdout).toContain(`  password: ${PASSWORD}\n`);
    await expect(run(WITH_LOGIN, ['--with-passwords'], true)).rejects.toThrow(
      '--with-passwords: passwords are not printed on a terminal',
    );
  });

  test.each([
    ['vault', 'kind: ClusterSecretStore'],
    ['SecretStore/vault', 'kind: SecretStore'],
  ])('may come from a store of External Secrets: %s', async (store, kind) => {
    const { stdout } = await run(WITH_LOGIN, ['--external-secret', store]);
    expect(stdout).toContain(`    name: vault\n    ${kind}\n`);
    expect(stdout).toContain('  target:\n    name: l7-flow-log-kafka\n');
    expect(stdout).not.toContain(PASSWORD);
  });
});

test('the rights are those of docs/delivery.md', async () => {
  const page = await readFile(new URL('../../../docs/delivery.md', import.meta.url), 'utf8');
  const directory = await folder();
  await run(WITH_LOGIN, ['-d', directory, '-n', 'NAMESPACE'.toLowerCase(), '--name', 'name']);
  const script = await readFile(join(directory, 'kafka.sh'), 'utf8');
  const acls = (lines: string): readonly string[] =>
    [...lines.matchAll(/^kafka-acls\.sh .*--add --allow-principal (.+)$/gm)].map(
      ([, right = '']) => right,
    );
  const documented = acls(page).map((right) =>
    right
      .replace('User:NAME', String.raw`'User:it'\''s me'`)
      .replace('NAMESPACE.NAME', 'namespace.name')
      .replace(/ TOPIC$/, ' deepflow.flow_log.l7_flow_log'),
  );
  expect(documented).toHaveLength(4);
  expect(acls(script)).toEqual(documented);
});

test.each([
  [['--namespace', 'A'], '--namespace: must be lower case letters'],
  [['--name', 'A'], '--name: must be lower case letters'],
  [['--topic', 'a b'], '--topic: must be a Kafka topic'],
  [['--clickhouse', 'ch:8123'], '--clickhouse: must be http://host:port'],
  [['--start-from', 'yesterday'], '--start-from: must be Now, Earliest or an RFC 3339 time'],
  [['--clickhouse-secret', 'A'], '--clickhouse-secret: must be the name of a Secret'],
  [['--external-secret', 'A'], '--external-secret: must be the name of a ClusterSecretStore'],
  [['--installation', 'a.b'], '--installation: must be 1 to 63 letters'],
  [
    ['--with-passwords', '--external-secret', 'vault'],
    '--with-passwords and --external-secret exclude each other',
  ],
])('a wrong option is named: %j', async (options, message) => {
  await expect(run(serverYaml(), options)).rejects.toThrow(message);
});

/** The commands of the pages that convert server.yaml, as the words of a shell. */
const COMMANDS = ['migrate-from-deepflow.md', 'command-line.md'].flatMap((page) =>
  [
    ...readFileSync(new URL(`../../../docs/${page}`, import.meta.url), 'utf8').matchAll(
      /^ *deepflow-kafka-exporter convert server\.yaml (.+)$/gm,
    ),
  ].map(([, options = '']) => options.split(' ').map((word) => word.replaceAll("'", ''))),
);

test.each(COMMANDS)(
  'the pages have commands that work: %s %s %s %s %s %s %s',
  async (...options) => {
    const at = options.indexOf('--output-directory') + 1;
    const directory = await folder();
    const given = options.map((word, i) => (i === at ? directory : word));
    expect(await run(serverYaml(), given)).toMatchObject({ code: 0, stdout: '' });
    expect(await readdir(directory)).toContain('kafkaexporters.yaml');
  },
);

test('the pages convert in every step', () => {
  expect(COMMANDS).toHaveLength(4);
});

test('a file that cannot be written is named', async () => {
  await expect(run(serverYaml(), ['-d', '/dev/null/x'])).rejects.toThrow(
    /^\/dev\/null\/x\/kafkaexporters\.yaml cannot be written: /,
  );
});
