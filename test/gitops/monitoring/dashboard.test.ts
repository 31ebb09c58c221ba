import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../harness/commands/run-command.ts';
import { goTool } from '../../harness/go-tools/go-tool.ts';
import { hasTools } from '../has-tools.ts';

const DASHBOARD = join(import.meta.dirname, '../../../deploy/monitoring/grafana-dashboard.json');

describe.skipIf(!(await hasTools('grafana-dashboard')))('the dashboard', () => {
  /** What Grafana's schema says of a dashboard: nothing, or an error. */
  const judge = async (stdin: string): Promise<string> =>
    runCommand((await goTool('grafana-dashboard')).program('grafana-dashboard'), [], { stdin });

  it('has the fields and values of Grafana’s schema, and no other', async () => {
    expect(await judge(await readFile(DASHBOARD, 'utf8'))).toBe('');
  });

  it.each([
    ['"legendFormat"', '"legend"', /unexpected field 'legend'/],
    ['"gridPos"', '"grid"', /unexpected field 'grid'/],
    ['"reduceOptions"', '"reduce"', /reduceOptions: required field is missing/],
  ])('would be refused with another field than %s', async (field, wrong, says) => {
    const text = await readFile(DASHBOARD, 'utf8');
    await expect(judge(text.replaceAll(field, wrong))).rejects.toThrow(says);
  });
});
