import { recordOf } from '../../../deepflow/data-sources.ts';
import { compileSelection } from '../../../deepflow/fields/export-fields.ts';
import { meaningOf } from '../../../deepflow/fields/meanings.ts';
import type { EncoderRequest } from '../../encode/compile-encoder.ts';
import {
  type KeyOptions,
  type WrittenField,
  writtenFields,
  type WrittenLabels,
  writtenLabels,
} from '../../encode/values/written-keys.ts';
import { timeTextPattern } from '../../encode/values/zone-text.ts';
import type { JsonSchema } from './json-schema.ts';
import { valueSchema } from './value-schema.ts';

/**
 * The JSON Schema of the records that an encoder of this request writes, for a table that has every
 * column (DeepFlow 7.1). Properties are in the order of the records' keys.
 */
export function recordSchema(request: Omit<EncoderRequest, 'tables'>): JsonSchema {
  const { dataSource, exportFields, recordFormat, timeZone } = request;
  const selection = compileSelection(exportFields, dataSource, recordFormat);
  const options = { ...request, selection };
  const fields = writtenFields(options).map((written) => ({
    written,
    ...valueSchema(written, options),
  }));
  const labels = writtenLabels(options);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: dataSource,
    description: `One record is ${recordOf(dataSource)}. ${OLDER}`,
    type: 'object',
    properties: {
      datasource: { const: dataSource, description: 'Kind of the record.' },
      ...Object.fromEntries(
        fields.map(({ written, schema }) => [
          written.key,
          { ...schema, ...annotationsOf(written, schema, options) },
        ]),
      ),
      ...Object.fromEntries(labels.map((written) => [written.key, labelsSchema(written)])),
      time_str: {
        type: 'string',
        pattern: timeTextPattern(timeZone),
        description: `Time of the event in ${timeZone}.`,
      },
    },
    required: [
      'datasource',
      ...fields.filter(({ isAlwaysThere }) => isAlwaysThere).map(({ written }) => written.key),
      'time_str',
    ],
    ...(labels.length === 0 ? {} : { dependentRequired: pairsOf(labels) }),
    additionalProperties: false,
  };
}

const OLDER =
  'Keys of columns that an older DeepFlow server lacks are absent, even those that are required.';

function annotationsOf(
  { kind, key, field }: WrittenField,
  schema: JsonSchema,
  { dataSource, translates }: KeyOptions,
): JsonSchema {
  const meaning = meaningOf(field, dataSource);
  const isId = kind === 'raw' && translates.resources && /_id(_[01])?$/.test(key);
  const notes = [
    meaning?.text,
    isId && field.subcategory === 'universal_tag' ? 'Its number in DeepFlow.' : undefined,
    schema.format === 'uint64' || schema.format === 'int64' ? WIDE : undefined,
    schema.examples === undefined ? undefined : 'A code without a name is written as itself.',
  ];
  const description = notes.filter((note) => note !== undefined).join(' ');
  return {
    ...(description === '' ? {} : { description }),
    ...(meaning?.unit === undefined ? {} : { 'x-unit': meaning.unit }),
  };
}

const WIDE = 'An integer of 64 bits: it can exceed 2^53, above which a double is not exact.';

function labelsSchema({ part }: WrittenLabels): JsonSchema {
  return {
    type: 'array',
    items: { type: 'string' },
    minItems: 1,
    description:
      part === 'names'
        ? 'Names of the pod’s selected labels.'
        : 'Values of the pod’s selected labels, in the order of their names.',
  };
}

/** A record has both the names and the values of labels, or neither. */
function pairsOf(labels: readonly WrittenLabels[]): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    labels.map(({ key, column }) => [
      key,
      labels
        .filter((other) => other.column === column && other.key !== key)
        .map((each) => each.key),
    ]),
  );
}
