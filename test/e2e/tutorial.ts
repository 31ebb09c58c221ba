import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from '../harness/commands/run-command.ts';
import type { Environment } from '../harness/environment/start-environment.ts';
import { writeKafkaScripts } from '../harness/kafka/kafka-scripts.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A line that the script prints before each step, and no command does. */
const MARK = '=== next step of the tutorial ===';
/** What the page has in place of the reader's own addresses. */
const ADDRESSES = {
  clickHouse: 'http://deepflow-clickhouse.deepflow:8123',
  broker: 'broker1.example.com:9093',
};

/** The commands of a block of the page. */
export interface TutorialStep {
  readonly command: string;
  /** What they have printed, on both channels. */
  readonly output: string;
  /** What the page says that they print. Empty: it says nothing. */
  readonly shown: string;
}

/**
 * Runs the commands of docs/tutorial.md in their order in one shell, as a reader does, in a cluster without the operator. Only the
 * block that says where things are, and the two addresses in the YAML, are those of the environment.
 *
 * @throws HarnessError when a command fails, with the end of what was printed.
 */
export async function followTutorial(environment: Environment): Promise<readonly TutorialStep[]> {
  const page = await readFile(join(ROOT, 'docs/tutorial.md'), 'utf8');
  const [places, ...steps] = stepsOf(page);
  const directory = await mkdtemp(join(tmpdir(), 'tutorial-'));
  try {
    const env = await readerEnvironment(environment, directory, exportsOf(places?.command ?? ''));
    await writeFiles(environment, directory, page);
    const script = steps.map(({ command }) => `echo '${MARK}'\n${command}`).join('\n');
    const written = join(directory, 'tutorial.sh');
    await writeFile(written, `exec 2>&1\nset -eu -o pipefail\n${script}`);
    const output = await runCommand('bash', [written], { cwd: directory, env });
    const outputs = output.split(`${MARK}\n`).slice(1);
    return steps.map((step, index) => ({ ...step, output: outputs[index] ?? '' }));
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The lines of `shown` that `output` does not have in this order. White space may differ, and `…` stands for anything. */
export function linesNotIn(shown: string, output: string): readonly string[] {
  const printed = output.split('\n').map(withoutSpaces);
  let next = 0;
  return shown
    .split('\n')
    .map(withoutSpaces)
    .filter((line) => line !== '' && line !== '…')
    .filter((line) => {
      const pattern = line.split('…').map((part) => RegExp.escape(part));
      const found = printed.findIndex(
        (each, index) => index >= next && new RegExp(`^${pattern.join('.*')}$`).test(each),
      );
      if (found >= 0) next = found + 1;
      return found < 0;
    });
}

function withoutSpaces(line: string): string {
  return line.trim().replaceAll(/\s+/g, ' ');
}

/** The shell blocks of the page, each with the block of text that follows it. */
function stepsOf(page: string): readonly Omit<TutorialStep, 'output'>[] {
  const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```/gm)];
  return blocks.flatMap(([, language, command = ''], index) => {
    if (language !== 'sh') return [];
    const [, following, shown = ''] = blocks[index + 1] ?? [];
    return [{ command, shown: following === 'text' ? shown : '' }];
  });
}

/** The names of the variables that a block exports. */
function exportsOf(block: string): readonly string[] {
  return [...block.matchAll(/\b([A-Z_]+)=/g)].map(([, name = '']) => name);
}

/** The variables that the page asks the reader for, and what is said to be there: kubectl and Kafka's scripts. */
async function readerEnvironment(
  environment: Environment,
  directory: string,
  names: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const { clickHouse, image, kafka, kubernetes } = environment;
  const values: Readonly<Record<string, string>> = {
    IMAGE: image,
    BROKER: kafka.bootstrap,
    CLICKHOUSE_USER: clickHouse.username,
    CLICKHOUSE_PASSWORD: clickHouse.password,
  };
  const scripts = join(directory, 'bin');
  await mkdir(scripts);
  await writeKafkaScripts(scripts);
  const { kubeconfigPath, kubectlPath } = kubernetes;
  const programs = kubectlPath.includes('/') ? [scripts, dirname(kubectlPath)] : [scripts];
  return {
    ...Object.fromEntries(names.map((name) => [name, values[name] ?? ''])),
    KUBECONFIG: kubeconfigPath,
    PATH: [...programs, process.env['PATH']].join(':'),
  };
}

/** The files that the reader puts beside the clone's own, or saves from the page. */
async function writeFiles(
  environment: Environment,
  directory: string,
  page: string,
): Promise<void> {
  const { kafka, podClickHouseUrl, podEndpoints } = environment;
  const [, yaml = ''] = /^```yaml\n([^]*?)^```/m.exec(page) ?? [];
  const manifest = yaml
    .replace(ADDRESSES.clickHouse, podClickHouseUrl)
    .replace(`"${ADDRESSES.broker}"`, podEndpoints.map((each) => `"${each}"`).join(', '));
  const admin = kafka.adminPropertiesPath;
  const properties = admin === undefined ? '' : await readFile(admin, 'utf8');
  await writeFile(join(directory, 'first.yaml'), manifest);
  await writeFile(join(directory, 'admin.properties'), properties, { mode: 0o600 });
  await writeFile(join(directory, 'ca.crt'), kafka.caPem);
  for (const folder of ['deploy', 'crds']) {
    await symlink(join(ROOT, folder), join(directory, folder));
  }
}
