import { z } from 'zod';
import { pods, scheduling } from './values/pods.ts';
import { additions, monitoring } from './values/additions.ts';
import { rights } from './values/rights.ts';

/**
 * The values of the chart, in the order of its README. They are the source of `values.yaml`, `values.schema.json` and the
 * README's table. Every value has a default, so that a chart without values is what `deploy/` installs.
 */
export const chartValues = z.strictObject({
  ...pods,
  ...rights,
  ...scheduling,
  ...monitoring,
  ...additions,
});
