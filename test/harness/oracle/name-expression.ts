import { hasBothSides, type DataSource } from '../../../src/deepflow/data-sources.ts';
import { DEVICE_TYPES } from '../../../src/deepflow/names/device-types.ts';
import { enumNames } from '../../../src/deepflow/names/enums.ts';
import type { Field } from '../../../src/deepflow/fields/fields.ts';
import { universalTagOf } from '../../../src/deepflow/names/universal-tags.ts';
import { quote } from '../generator/calls.ts';

/** A field's key and text when it is translated. */
export interface NameExpression {
  readonly key: string;
  /** ClickHouse SQL of the name, `''` where there is none. */
  readonly sql: string;
}

/** How ClickHouse itself translates a field by DeepFlow's dictionaries; undefined: the field is not translated. */
export function nameExpression(field: Field, dataSource: DataSource): NameExpression | undefined {
  const { key, column } = field;
  const tag = universalTagOf(field.name);
  if (tag === undefined) {
    if (field.form === 'workload_type')
      return { key, sql: enumSql('pod_group_type', workload(column)) };
    return field.enum === undefined ? undefined : { key, sql: enumSql(field.enum, column) };
  }
  const suffix = hasBothSides(dataSource) ? `_${tag.side}` : '';
  const { translation } = tag;
  const nameKey = tag.nameKey(key);
  switch (translation.kind) {
    case 'names':
      return {
        key: nameKey,
        sql: `dictGetOrDefault('flow_tag.${translation.dictionary}', 'name', toUInt64(${column}), '')`,
      };
    case 'device':
      return { key: nameKey, sql: device(String(translation.type), column) };
    case 'deviceOf':
      return { key: nameKey, sql: device(`${translation.typeField}${suffix}`, column) };
    case 'auto': {
      const type = `${translation.typeField}${suffix}`;
      const address = `if(is_ipv4 = 1, toString(ip4${suffix}), toString(ip6${suffix}))`;
      return { key: nameKey, sql: `if(${type} IN (0, 255), ${address}, ${device(type, column)})` };
    }
    case 'type':
      return {
        key,
        sql: transform(
          column,
          [...DEVICE_TYPES].map(([type, name]) => [String(type), name]),
        ),
      };
  }
}

function workload(column: string): string {
  return `dictGetOrDefault('flow_tag.pod_group_map', 'pod_group_type', toUInt64(${column}), toUInt64(0))`;
}

function device(type: string, column: string): string {
  return `dictGetOrDefault('flow_tag.device_map', 'name', (toUInt64(${type}), toUInt64(${column})), '')`;
}

function enumSql(name: Parameters<typeof enumNames>[0], value: string): string {
  return transform(value, [...enumNames(name)]);
}

function transform(value: string, names: readonly (readonly [string, string])[]): string {
  const list = (texts: readonly string[]): string => `[${texts.map(quote).join(', ')}]`;
  const text = `toString(${value})`;
  const [codes, texts] = [names.map(([code]) => code), names.map(([, name]) => name)];
  return `transform(${text}, ${list(codes)}, ${list(texts)}, ${text})`;
}
