import { type Figure, figureOf } from '../measure.ts';
import { measureManyResources } from './many-resources.ts';
import { measureRotation } from './rotation.ts';

/** Decimal places that are of interest. */
const PLACES: Readonly<Record<string, number>> = { ms: 0, s: 2, MB: 0, '': 0, '% of a core': 1 };

/** `npm run bench -- operator`: see `measureManyResources` and `measureRotation`. */
export async function benchOperator(print: (line: string) => void): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  const measured = (name: string, unit: string, values: readonly number[]): void => {
    const places = PLACES[unit] ?? 0;
    const median = figureOf({ name, unit, places }, values);
    figures.push(median);
    print(`${name}: ${textOf(median, values)}`);
  };
  await measureManyResources(measured);
  await measureRotation(measured);
  return figures;
}

function textOf({ max, unit, value }: Figure, values: readonly number[]): string {
  const amount = (number: number): string => `${number} ${unit}`.trimEnd();
  if (values.length === 1) return amount(value);
  const p99 = values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
  const rounded = Number(p99.toFixed(PLACES[unit]));
  return `p50 ${amount(value)}, p99 ${amount(rounded)}, most ${amount(max)} (${values.length} values)`;
}
