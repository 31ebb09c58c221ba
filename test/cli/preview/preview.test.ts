import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { previewCommand } from '../../../src/cli/preview/preview.ts';

const PUSHED = `
apiVersion: export.deepflow.io/v1alpha1
kind: KafkaExporter
metadata: { name: pushed }
spec:
  dataSources: [flow_log.l7_flow_log]
  source: { http: { allowAnonymous: true } }
  universalTagTranslateToNameDisabled: true
  endpoints: ["broker:9092"]
`;

test('says that there is nothing to read if records are pushed', async () => {
  const directory = await mkdtemp(path.join(tmpdir(), 'preview-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'manifest.yaml');
  await writeFile(file, PUSHED);
  const stdout = new PassThrough();
  const command = previewCommand({
    environment: {},
    stdin: new PassThrough(),
    stdout,
    stderr: new PassThrough(),
  });
  await expect(command.parseAsync(['-f', file], { from: 'user' })).rejects.toThrow(
    'there is nothing to preview: records of this KafkaExporter are pushed (spec.source.http), not read',
  );
});
