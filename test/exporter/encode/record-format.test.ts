import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { compileFilter } from '../../../src/deepflow/filters/sql/compile-filter.ts';
import type { DataSource } from '../../../src/deepflow/data-sources.ts';
import { BatchBuilder } from '../../../src/exporter/encode/batch-builder.ts';
import {
  compileEncoder,
  type EncoderRequest,
} from '../../../src/exporter/encode/compile-encoder.ts';
import { jsonText, NO_NAMES } from '../../../src/exporter/encode/values/name-tables.ts';
import { renderExporterConfig } from '../../../src/operator/desired/exporter-config.ts';
import { sampleResource } from '../../operator/sample-resource.ts';
import { expectToFit } from '../records/schema/fits-schema.ts';
import { arrowColumns, type Row } from './arrow-columns.ts';
import { encoderRequest } from './encoder-request.ts';

const L7 = 'flow_log.l7_flow_log';
const TRANSLATED = { translates: { enums: true, resources: true } };
const recordSchema = z.record(z.string(), z.unknown());

function record(
  dataSource: DataSource,
  row: Row,
  change: Partial<EncoderRequest>,
): Record<string, unknown> {
  const request = encoderRequest(dataSource, change);
  const encoder = compileEncoder(request);
  encoder.bind(arrowColumns(dataSource, [{ end_time: 1_718_000_000_000_000n, ...row }]));
  const limits = { records: 1, bytes: 1_000_000 };
  const builder = new BatchBuilder({ dataSource, encoder }, limits, 'plain');
  builder.add(0);
  const text = builder.build().bytes.toString();
  const json = text.slice(text.indexOf('{'), text.lastIndexOf('}') + 1);
  expectToFit(request, json);
  return recordSchema.parse(JSON.parse(json));
}

const tables = {
  ...NO_NAMES,
  byId: { ...NO_NAMES.byId, gprocess_map: new Map([[9, jsonText('java')]]) },
  labels: new Map([
    [
      5,
      {
        names: Buffer.from('["app"]'),
        values: Buffer.from('["web"]'),
      },
    ],
  ]),
};

type RecordFormat = EncoderRequest['recordFormat'];

/** A row of the page: what to look at, and what each format shows there. */
interface Difference {
  readonly name: string;
  readonly look: (recordFormat: RecordFormat) => unknown;
  readonly compatible: unknown;
  readonly documented: unknown;
}

/** Looks at those of some keys that a row's record has. */
function inRecord(
  dataSource: DataSource,
  row: Row,
  keys: readonly string[],
  change: Partial<EncoderRequest> = {},
): Difference['look'] {
  return (recordFormat) => {
    const found = record(dataSource, row, { ...change, recordFormat });
    return Object.fromEntries(Object.entries(found).filter(([key]) => keys.includes(key)));
  };
}

const DIFFERENCES: readonly Difference[] = [
  {
    name: 'IPv6 addresses',
    look: inRecord(L7, { ip6_0: '20010db8000000000000000000000001' }, ['ip6_0', 'ip6_1']),
    compatible: {},
    documented: { ip6_0: '2001:db8::1' },
  },
  {
    name: 'lengths above 32 bits',
    look: inRecord(L7, { request_length: 5_000_000_000n, response_length: 4_294_967_295n }, [
      'request_length',
      'response_length',
    ]),
    compatible: { request_length: 705_032_704, response_length: -1 },
    documented: { request_length: 5_000_000_000, response_length: 4_294_967_295 },
  },
  {
    name: '`capture_nic_type` of calls',
    look: (recordFormat) =>
      [['$tag'], ['$k8s.label'], ['capture_nic_type category:']].map((exportFields) =>
        inRecord(L7, { capture_nic_type: 7 }, ['capture_nic_type', 'capture_nic_type category:'], {
          exportFields,
        })(recordFormat),
      ),
    compatible: [{}, { 'capture_nic_type category:': 7 }, { 'capture_nic_type category:': 7 }],
    documented: [{ capture_nic_type: 7 }, {}, {}],
  },
  {
    name: 'codes without a name',
    look: inRecord(
      L7,
      { signal_source: 9, observation_point: 'x-new' },
      ['signal_source', 'observation_point'],
      TRANSLATED,
    ),
    compatible: {},
    documented: { signal_source: '9', observation_point: 'x-new' },
  },
  {
    name: 'types of resources that the server forgets',
    look: (recordFormat) =>
      [103, 104, 105, 130, 135].map(
        (type) =>
          record(L7, { auto_service_type_1: type }, { ...TRANSLATED, recordFormat })[
            'auto_service_type_1'
          ],
      ),
    compatible: [undefined, undefined, undefined, undefined, undefined],
    documented: ['pod_cluster', 'biz_service', 'custom_biz_service', 'pod_group', 'pod_group'],
  },
  {
    name: 'process names of events',
    look: inRecord('event.file_event', { gprocess_id: 9 }, ['gprocess'], {
      ...TRANSLATED,
      tables: () => tables,
    }),
    compatible: {},
    documented: { gprocess: 'java' },
  },
  {
    name: 'fields of files in process events',
    look: inRecord('event.proc_perm_event', {}, ['bytes', 'file_name'], {
      exportFields: ['bytes', 'file_name'],
      keepsEmpty: { tags: true, metrics: true },
    }),
    compatible: { bytes: 0, file_name: '' },
    documented: {},
  },
  {
    name: 'what `$tag` selects of events',
    look: inRecord('event.file_event', { file_name: 'a', process_kname: 'b' }, [
      'file_name',
      'process_kname',
    ]),
    compatible: { process_kname: 'b' },
    documented: { file_name: 'a', process_kname: 'b' },
  },
  {
    name: 'what `$tag.event_info` and `$tag.business_info` select',
    look: (recordFormat) => [
      inRecord('event.file_event', { file_name: 'a' }, ['file_name'], {
        exportFields: ['$tag.event_info'],
      })(recordFormat),
      inRecord(L7, { biz_code: 'b' }, ['biz_code'], { exportFields: ['$tag.business_info'] })(
        recordFormat,
      ),
    ],
    compatible: [{}, {}],
    documented: [{ file_name: 'a' }, { biz_code: 'b' }],
  },
  {
    name: 'what `$k8s.label` selects',
    look: inRecord(
      L7,
      { trace_id: 'abc', pod_id_0: 5 },
      ['trace_id', 'k8s_label_names_0', 'k8s_label_values_0'],
      { exportFields: ['$k8s.label'], tables: () => tables },
    ),
    compatible: { trace_id: 'abc', k8s_label_names_0: ['app'], k8s_label_values_0: ['web'] },
    documented: { k8s_label_names_0: ['app'], k8s_label_values_0: ['web'] },
  },
  {
    name: 'spans imported from other tracers',
    look: (recordFormat) => {
      const rendered = renderExporterConfig(sampleResource({ recordFormat }));
      return rendered.kind === 'rendered' && rendered.config.clickHouse?.importedSpans;
    },
    compatible: false,
    documented: true,
  },
  {
    name: 'filters',
    look: (rules) => {
      const tagFilters = [
        { fieldName: 'server_port', operator: '=' as const, fieldValues: ['80'] },
        { fieldName: 'client_port', operator: '=' as const, fieldValues: ['81'] },
      ];
      const filter = { condition: 'or' as const, tagFilters, tagFilterGroups: [] };
      return compileFilter(filter, L7, { rules, organizationId: 1 }).where;
    },
    compatible: undefined,
    documented: '(`server_port` IN (80) OR `client_port` IN (81))',
  },
];

describe('Documented differs from Compatible in', () => {
  test.each(DIFFERENCES)('$name', ({ look, compatible, documented }) => {
    expect(look('Compatible')).toEqual(compatible);
    expect(look('Documented')).toEqual(documented);
  });
});

test('every row of docs/record-format.md is a test of that name, and every test a row', () => {
  const page = readFileSync(new URL('../../../docs/record-format.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| (.+?) \|.*$/gm)].map(([, name]) => name);
  expect(rows).toEqual(['Difference', ...DIFFERENCES.map(({ name }) => name)]);
});

describe('ids', () => {
  const row = { gprocess_id: 9, region_id: 4 };
  const regions = {
    ...tables,
    byId: { ...tables.byId, region_map: new Map([[4, jsonText('eu')]]) },
  };
  const source = 'event.file_event';

  test('give way to names', () => {
    const found = record(source, row, { ...TRANSLATED, tables: () => regions });
    expect(found).toMatchObject({ gprocess: 'java', region: 'eu' });
    expect(found).not.toHaveProperty('region_id');
  });

  test('stand beside them with keepIds', () => {
    const found = record(source, row, { ...TRANSLATED, tables: () => regions, keepsIds: true });
    expect(found).toMatchObject({ gprocess_id: 9, gprocess: 'java', region_id: 4, region: 'eu' });
  });

  test('stand alone without translation', () => {
    const found = record(source, row, { tables: () => regions });
    expect(found).toMatchObject({ region_id: 4 });
    expect(found).not.toHaveProperty('region');
  });

  test('without a name lose no record', () => {
    const found = record(source, { region_id: 77 }, { ...TRANSLATED, tables: () => regions });
    expect(found).not.toHaveProperty('region');
    expect(found).toHaveProperty('datasource', source);
  });
});
