import { isIPv4, isIPv6 } from 'node:net';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { expect } from 'vitest';
import type { EncoderRequest } from '../../../../src/exporter/encode/compile-encoder.ts';
import type { JsonSchema } from '../../../../src/exporter/records/schema/json-schema.ts';
import { recordSchema } from '../../../../src/exporter/records/schema/record-schema.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
ajv.addVocabulary(['x-unit']);
ajv.addFormat('ipv4', isIPv4);
ajv.addFormat('ipv6', isIPv6);
// JSON.parse rounds 64-bit integers. The rounded values are within these bounds.
ajv.addFormat('uint64', { type: 'number', validate: (value) => value >= 0 && value <= 2 ** 64 });
ajv.addFormat('int64', {
  type: 'number',
  validate: (value) => value >= -(2 ** 63) && value <= 2 ** 63,
});

/** Validators by the text of their schemas. */
const known = new Map<string, ValidateFunction>();

/** The violations of a schema by a record, in sentences. */
export function schemaProblems(schema: JsonSchema, record: string): readonly string[] {
  const text = JSON.stringify(schema);
  const validate = known.get(text) ?? ajv.compile(schema);
  known.set(text, validate);
  if (validate(JSON.parse(record))) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message = '', params }) =>
      `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}

/** Expects that a record fits the schema of the request with which it was encoded. */
export function expectToFit(
  request: Omit<EncoderRequest, 'tables'>,
  record: string | Buffer,
): void {
  expect(schemaProblems(recordSchema(request), record.toString())).toEqual([]);
}
