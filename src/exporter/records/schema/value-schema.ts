import { DEVICE_TYPES, UNNAMED_BY_DEEPFLOW } from '../../../deepflow/names/device-types.ts';
import { type EnumName, enumNames } from '../../../deepflow/names/enums.ts';
import type { Field } from '../../../deepflow/fields/fields.ts';
import { unreachable } from '../../../lib/assert.ts';
import { type KeyOptions, readingOf, type WrittenField } from '../../encode/values/written-keys.ts';
import type { JsonSchema } from './json-schema.ts';

/** What decides the values of a record. */
export interface SchemaOptions extends KeyOptions {
  /** The number of the organisation. */
  readonly organization: number;
}

/** The value of a key. */
export interface ValueSchema {
  readonly schema: JsonSchema;
  /** False: some records lack the key. */
  readonly isAlwaysThere: boolean;
}

/**
 * The schema of the value that `encode/` writes for a key. Names are a closed set only when the
 * record format omits codes without a name. Otherwise the known names are examples.
 */
export function valueSchema(written: WrittenField, options: SchemaOptions): ValueSchema {
  const { field } = written;
  switch (written.kind) {
    case 'raw':
      return rawSchema(field, options);
    case 'code':
      return codeSchema(field, written.names, options);
    case 'workload':
      return workloadSchema(options);
    case 'constant':
      return { schema: { const: written.value }, isAlwaysThere: true };
    case 'resource':
      return written.tag.translation.kind === 'type'
        ? namesSchema(deviceTypes(options), { empties: options.keepsEmpty.tags }, options)
        : textSchema(options.keepsEmpty.tags);
    default:
      return unreachable(written);
  }
}

function rawSchema(field: Field, options: SchemaOptions): ValueSchema {
  const { form, category, nullable = false } = field;
  const keepsEmpty = category === 'metric' ? options.keepsEmpty.metrics : options.keepsEmpty.tags;
  switch (form) {
    case 'uint':
    case 'int':
    case 'unsigned32':
    case 'seconds':
    case 'micros':
    case 'workload_type': {
      const schema = integerSchema(field, options);
      return { schema, isAlwaysThere: !nullable && (category === 'tag' || keepsEmpty) };
    }
    case 'truncated':
      // NaN is not a number in JSON, so it is left out.
      return { schema: { type: 'integer', minimum: 0 }, isAlwaysThere: false };
    case 'ipv4':
      return { schema: { type: 'string', format: 'ipv4' }, isAlwaysThere: true };
    case 'ipv6':
      return {
        schema: { type: 'string', ...orEmpty({ format: 'ipv6' }, keepsEmpty) },
        isAlwaysThere: keepsEmpty,
      };
    case 'mac':
      return { schema: { type: 'string', pattern: MAC }, isAlwaysThere: true };
    case 'string':
      return textSchema(keepsEmpty);
    case 'strings':
      return listSchema({ type: 'string' }, keepsEmpty || category === 'metric');
    case 'floats':
      return listSchema({ type: ['number', 'null'] }, keepsEmpty);
    case 'organization':
      return { schema: { const: options.organization }, isAlwaysThere: true };
    default:
      return unreachable(form);
  }
}

const MAC = '^[0-9a-f]{2}(:[0-9a-f]{2}){5}$';

function integerSchema(field: Field, { recordFormat }: SchemaOptions): JsonSchema {
  const reading = readingOf(field, recordFormat);
  if (reading === 'unsigned32' || field.form === 'seconds') return integerOf('uint', 32);
  if (reading === 'signed32') return integerOf('int', 32);
  if (field.form === 'micros') return { type: 'integer' };
  return integerOf(field.form === 'int' ? 'int' : 'uint', field.bits);
}

/** Most parsers would round 64-bit bounds, so `format` states them. */
function integerOf(form: 'uint' | 'int', bits: Field['bits']): JsonSchema {
  if (bits === undefined) return { type: 'integer', minimum: 0 };
  if (form === 'int') {
    if (bits === 64) return { type: 'integer', format: 'int64' };
    return { type: 'integer', minimum: -(2 ** (bits - 1)), maximum: 2 ** (bits - 1) - 1 };
  }
  if (bits === 64) return { type: 'integer', format: 'uint64', minimum: 0 };
  return { type: 'integer', minimum: 0, maximum: 2 ** bits - 1 };
}

function textSchema(keepsEmpty: boolean): ValueSchema {
  const schema: JsonSchema = { type: 'string', ...(keepsEmpty ? {} : { minLength: 1 }) };
  return { schema, isAlwaysThere: keepsEmpty };
}

function listSchema(items: JsonSchema, keepsEmpty: boolean): ValueSchema {
  const schema: JsonSchema = { type: 'array', items, ...(keepsEmpty ? {} : { minItems: 1 }) };
  return { schema, isAlwaysThere: keepsEmpty };
}

function codeSchema(field: Field, names: EnumName, options: SchemaOptions): ValueSchema {
  const keepsEmpty = options.keepsEmpty.tags;
  const known = [...enumNames(names).values()];
  const { schema, isAlwaysThere } = namesSchema(
    known,
    { empties: keepsEmpty, isText: field.form === 'string' },
    options,
  );
  return { schema, isAlwaysThere: isAlwaysThere && field.nullable !== true };
}

/** The type of a workload is always known. It is 0 when there is no workload. */
function workloadSchema(options: SchemaOptions): ValueSchema {
  if (!options.translates.enums) {
    return { schema: { type: 'integer', minimum: 0 }, isAlwaysThere: true };
  }
  const known = [...enumNames('pod_group_type').values()];
  return namesSchema(known, { empties: options.keepsEmpty.tags }, options);
}

function deviceTypes({ recordFormat }: SchemaOptions): readonly string[] {
  const isNamed = (type: number): boolean =>
    recordFormat === 'Documented' || !UNNAMED_BY_DEEPFLOW.has(type);
  return [...DEVICE_TYPES].filter(([type]) => isNamed(type)).map(([, name]) => name);
}

/** The names of codes. A code that is a text may be empty. */
function namesSchema(
  names: readonly string[],
  { empties, isText = false }: { readonly empties: boolean; readonly isText?: boolean },
  { recordFormat }: SchemaOptions,
): ValueSchema {
  const known = [...new Set(names)];
  if (recordFormat === 'Compatible') {
    return {
      schema: { type: 'string', enum: empties ? [...known, ''] : known },
      isAlwaysThere: empties,
    };
  }
  const schema: JsonSchema = {
    type: 'string',
    ...(isText && empties ? {} : { minLength: 1 }),
    examples: known,
  };
  return { schema, isAlwaysThere: !isText || empties };
}

function orEmpty(schema: JsonSchema, keepsEmpty: boolean): JsonSchema {
  return keepsEmpty ? { anyOf: [schema, { const: '' }] } : schema;
}
