import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../harness/commands/run-command.ts';
import { goTool } from '../harness/go-tools/go-tool.ts';
import { hasTools } from './has-tools.ts';

const FOLDER = '.github/workflows/';
const FILES = readdirSync(FOLDER).map((file) => `${FOLDER}${file}`);

describe.skipIf(!(await hasTools('actionlint')))('the workflows', () => {
  it('are valid: events, permissions, expressions and inputs of actions', async () => {
    const tool = await goTool('actionlint');
    expect(await runCommand(tool.program('actionlint'), FILES)).toBe('');
  });

  it.each(FILES)(
    '%s has the right to read the code, and jobs ask for more by themselves',
    (file) => {
      expect(readFileSync(file, 'utf8')).toContain('\npermissions: { contents: read }\n');
    },
  );
});
