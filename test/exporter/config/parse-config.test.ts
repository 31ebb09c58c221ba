import { dump } from 'js-yaml';
import { describe, expect, test } from 'vitest';
import { parseConfig } from '../../../src/exporter/config/parse-config.ts';
import { exporterConfig } from '../exporter-config.ts';

describe('a configuration', () => {
  test('is read from YAML', () => {
    const config = exporterConfig({});
    expect(parseConfig(dump(config))).toEqual({ config });
  });

  test.each([
    ['an unknown key', { bachSize: 1 }, /Unrecognized key: "bachSize"/],
    ['an unknown data source', { dataSources: ['flow_log.l9'] }, /dataSources\[0\]: /],
    ['a queue count of 0', { queueCount: 0 }, /queueCount: /],
  ])('with %s is refused, with the path', (_name, change, message) => {
    const parsed = parseConfig(dump({ ...exporterConfig({}), ...change }));
    expect('errors' in parsed ? parsed.errors.join('\n') : '').toMatch(message);
  });

  test('that is not YAML is refused', () => {
    expect(parseConfig('a: [')).toMatchObject({
      errors: [expect.stringMatching(/^not valid YAML/)],
    });
  });
});
