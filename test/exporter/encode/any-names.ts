import fc from 'fast-check';
import { NAME_DICTIONARIES } from '../../../src/deepflow/names/universal-tags.ts';
import {
  NO_NAMES,
  type NameTables,
  jsonText,
} from '../../../src/exporter/encode/values/name-tables.ts';

/** Ids that `anyRows` often has. */
const id = fc.constantFrom(0, 1, 3, 4, 20, 255, 65_535, 65_536, 500_000, 2 ** 31, 2 ** 32 - 1);
const type = fc.constantFrom(0, 1, 6, 10, 101, 102, 103, 120, 130, 135, 255);
const name = fc.oneof(
  fc.constantFrom(
    'web',
    'a "b"',
    'a\\',
    'a\nb',
    'key:with:colons, and commas',
    '数据',
    '\ud800',
    '\u0000',
  ),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.nat({ max: 5_000 }).map((length) => 'n'.repeat(length)),
);
const names = fc
  .array(fc.tuple(id, name.map(jsonText)), { maxLength: 6 })
  .map((list) => new Map(list));
const texts = fc.array(name, { maxLength: 3 });

/** A fresh copy of names, as a reading of the dictionaries makes them: names with any text, also with none. */
export const anyNames: fc.Arbitrary<NameTables> = fc
  .record({
    lists: fc.array(names, { minLength: 1, maxLength: 4 }),
    devices: fc.array(fc.tuple(type, names), { maxLength: 5 }),
    workloads: fc.array(fc.tuple(id, fc.constantFrom(0, 130, 131, 135, 136, 255)), {
      maxLength: 4,
    }),
    labels: fc.array(fc.tuple(id, texts), { maxLength: 4 }),
  })
  .map(({ lists, devices, workloads, labels }) => {
    const byId = { ...NO_NAMES.byId };
    for (const [i, dictionary] of NAME_DICTIONARIES.entries()) {
      byId[dictionary] = lists[i % lists.length] ?? new Map();
    }
    return {
      byId,
      devices: new Map(devices),
      workloadTypes: new Map(workloads),
      labels: new Map(
        labels.map(([pod, list]) => [pod, { names: jsonOf(list), values: jsonOf(list) }]),
      ),
    };
  });

function jsonOf(list: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(list));
}
