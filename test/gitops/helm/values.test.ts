import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { hasTools } from '../has-tools.ts';
import { CHART, type Helm, HELMS, openHelm, type Values } from './helm.ts';
import { manifestsOf } from './manifests.ts';
import { SAMPLES, WRONG } from './value-samples.ts';

const property = z.looseObject({
  properties: z.record(z.string(), z.unknown()).optional(),
});

/** The paths of all values in the schema of the chart. */
function valuePaths(schema: unknown, prefix = ''): readonly string[] {
  const { properties = {} } = property.parse(schema);
  return Object.entries(properties).flatMap(([name, value]) => {
    const below = valuePaths(value, `${prefix}${name}.`);
    return below.length > 0 ? below : [`${prefix}${name}`];
  });
}

const schema: unknown = JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8'));

const group = z.record(z.string(), z.unknown());

/** `a.b` and a value → `{ a: { b: value } }`, with the other values beside it. */
function valuesOf(path: string, value: unknown, beside: Values = {}): Values {
  const [first = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...beside, [first]: value };
  const below = valuesOf(rest.join('.'), value, group.parse(beside[first] ?? {}));
  return { ...beside, [first]: below };
}

describe.each(HELMS)('with %s,', async (name) => {
  const available = await hasTools(name);

  describe.skipIf(!available)('the values of the chart', () => {
    let helm: Helm;
    beforeAll(async () => {
      helm = await openHelm(name);
    });
    afterAll(() => helm.close());

    it('pass its strict lint', async () => {
      expect(await helm.run(['lint', '--strict', CHART])).toContain('0 chart(s) failed');
    });

    it('all have a sample here', () => {
      const paths = valuePaths(schema).filter((path) => path !== 'global');
      expect(SAMPLES.map(({ path }) => path).toSorted()).toEqual(paths.toSorted());
    });

    it.each(SAMPLES)('do something: $path', async ({ path, value, beside, renders }) => {
      const [before, rendered] = await Promise.all([
        helm.template(beside),
        helm.template(valuesOf(path, value, beside)),
      ]);
      expect(manifestsOf(rendered).length).toBeGreaterThan(5);
      expect(before).not.toMatch(renders);
      expect(rendered).toMatch(renders);
    });

    it.each(WRONG)('are refused by their name when they are wrong: $path', async (wrong) => {
      const refused = helm.template(valuesOf(wrong.path, wrong.value));
      await expect(refused).rejects.toThrow(wrong.says);
    });

    it('may have those that Helm gives to a chart that another one includes', async () => {
      expect(await helm.template({ global: { any: 'value' } })).toContain('kind: Deployment');
    });
  });
});
