import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../../src/cli/process/usage-error.ts';
import { validateCommand } from '../../../src/cli/validate/validate.ts';

const GOOD = `apiVersion: export.deepflow.io/v1alpha1
kind: KafkaExporter
metadata: { name: good, namespace: observability }
spec:
  dataSources: [flow_log.l7_flow_log]
  source: { clickHouse: { url: "http://ch:8123" } }
  endpoints: [broker:9092]
`;
const BAD = `apiVersion: v1
kind: Secret
metadata: { name: s }
---
${GOOD.replace('name: good', 'name: bad')}  batchsize: 1
  endpoint: [ "a<b&\\"c\\"" ]
`;
const TEMPLATE = '{{- if .Values.x }}\nkind: Deployment\n{{- end }}\n';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'validate-'));
  await mkdir(join(folder, 'nested/.hidden'), { recursive: true });
  const files = {
    'good.yaml': GOOD,
    'nested/bad.yml': BAD,
    'nested/template.yaml': TEMPLATE,
    'nested/notes.md': 'kind: KafkaExporter',
    'nested/.hidden/bad.yaml': BAD,
    'broken.yaml.txt': `${GOOD}  spec: [`,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
});
afterAll(() => rm(folder, { recursive: true }));

interface Answer {
  readonly exitCode: number;
  readonly report: string;
  readonly said: string;
}

/** Runs the command; file names in its answer are relative to the folder. */
async function validate(args: readonly string[], input = ''): Promise<Answer> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end(input);
  let exitCode = 0;
  const setExitCode = (code: number): void => {
    exitCode = code;
  };
  const outputs = Promise.all([text(stdout), text(stderr)]);
  const command = validateCommand({ stdin, stdout, stderr, version: '1.2.3', setExitCode });
  try {
    await command.parseAsync(args, { from: 'user' });
  } finally {
    stdout.end();
    stderr.end();
  }
  const [report = '', said = ''] = (await outputs).map((each) => each.replaceAll(`${folder}/`, ''));
  return { exitCode, report, said };
}

describe('validate', () => {
  test('checks every KafkaExporter below a directory, between other objects and files', async () => {
    expect(await validate([folder])).toEqual({
      exitCode: 1,
      report: [
        'nested/bad.yml:12:3: spec.batchsize: is unknown; the nearest is "batchSize"\n',
        'nested/bad.yml:13:3: spec.endpoint: is unknown; the nearest is "endpoints"\n',
      ].join(''),
      said: '3 files, 2 KafkaExporters: 1 valid, 1 not valid\n',
    });
  });

  test('says nothing but a count if all are valid', async () => {
    expect(await validate([join(folder, 'good.yaml')])).toEqual({
      exitCode: 0,
      report: '',
      said: '1 file, 1 KafkaExporter: 1 valid, 0 not valid\n',
    });
  });

  test('reads patterns, and a file that is named twice once', async () => {
    const { said } = await validate([join(folder, '**/*.y*ml'), join(folder, 'good.yaml')]);
    expect(said).toBe('3 files, 2 KafkaExporters: 1 valid, 1 not valid\n');
  });

  test('reads standard input', async () => {
    const { exitCode, report } = await validate(['-'], BAD);
    expect(exitCode).toBe(1);
    expect(report).toContain('standard input:12:3: spec.batchsize: is unknown');
  });

  test('says where a file with a KafkaExporter is not YAML', async () => {
    const { exitCode, report, said } = await validate([join(folder, 'broken.yaml.txt')]);
    expect(exitCode).toBe(1);
    expect(report).toMatch(/^broken\.yaml\.txt:\d+:\d+: the file is not valid YAML: /);
    expect(said).toBe('1 file, 0 KafkaExporters: 0 valid, 0 not valid; 1 file not YAML\n');
  });

  test.each([
    ['a file that is not there', 'none.yaml', /^there is no file .*none\.yaml$/],
    ['a pattern that matches nothing', '*.none', /^no file matches .*\*\.none$/],
  ])('refuses %s', async (_name, file, words) => {
    const refused = validate([join(folder, file)]);
    await expect(refused).rejects.toThrow(words);
    await expect(refused).rejects.toBeInstanceOf(UsageError);
  });

  test('refuses a file that is too large', async () => {
    const file = join(folder, 'large.txt');
    await writeFile(file, Buffer.alloc(33_554_433, 'a'));
    await expect(validate([file])).rejects.toThrow('has more than 33554432 bytes');
  });
});

describe('a report of validate', () => {
  test('as JSON has every file with its KafkaExporters and their problems', async () => {
    const { report } = await validate(['-o', 'json', folder]);
    expect(JSON.parse(report)).toEqual({
      files: [
        {
          file: 'good.yaml',
          valid: true,
          resources: [{ name: 'observability/good', line: 1, column: 1, problems: [] }],
        },
        {
          file: 'nested/bad.yml',
          valid: false,
          resources: [
            {
              name: 'observability/bad',
              line: 5,
              column: 1,
              problems: [
                {
                  line: 12,
                  column: 3,
                  field: 'spec.batchsize',
                  message: 'is unknown; the nearest is "batchSize"',
                },
                {
                  line: 13,
                  column: 3,
                  field: 'spec.endpoint',
                  message: 'is unknown; the nearest is "endpoints"',
                },
              ],
            },
          ],
        },
        { file: 'nested/template.yaml', valid: true, resources: [] },
      ],
    });
  });

  const sarif = z.object({
    version: z.literal('2.1.0'),
    runs: z.tuple([
      z.object({
        tool: z.object({
          driver: z.object({ version: z.string(), rules: z.array(z.object({ id: z.string() })) }),
        }),
        results: z.array(
          z.object({
            ruleId: z.string(),
            message: z.object({ text: z.string() }),
            locations: z.tuple([
              z.object({
                physicalLocation: z.object({
                  artifactLocation: z.object({ uri: z.string() }),
                  region: z.object({ startLine: z.number(), startColumn: z.number() }),
                }),
              }),
            ]),
          }),
        ),
      }),
    ]),
  });

  test('as SARIF has a result with its place for each problem, of a rule that it declares', async () => {
    const { report } = await validate(['-o', 'sarif', folder]);
    const { tool, results } = sarif.parse(JSON.parse(report)).runs[0];
    expect(tool.driver.version).toBe('1.2.3');
    expect(results.map(({ locations: [{ physicalLocation }] }) => physicalLocation)).toEqual([
      { artifactLocation: { uri: 'nested/bad.yml' }, region: { startLine: 12, startColumn: 3 } },
      { artifactLocation: { uri: 'nested/bad.yml' }, region: { startLine: 13, startColumn: 3 } },
    ]);
    const rules = tool.driver.rules.map(({ id }) => id);
    expect(rules).toEqual(expect.arrayContaining(results.map(({ ruleId }) => ruleId)));
  });

  test('as JUnit has a test case for each KafkaExporter, and no character that XML forbids', async () => {
    const input = BAD.replace('name: bad', 'name: "a<b&\\u0001"');
    const { report } = await validate(['-o', 'junit', '-'], input);
    expect(report).toContain('<testsuite name="-" tests="1" failures="1">');
    expect(report).toContain('<testcase classname="-" name="observability/a&lt;b&amp;\ufffd">');
    expect(report).toContain('<failure message="metadata.name: must be lower case letters');
  });
});
