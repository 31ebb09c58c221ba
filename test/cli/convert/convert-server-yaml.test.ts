import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isComplete } from '../../../src/cli/convert/convert-server-yaml.ts';
import { convert, linesOf, serverYaml, specOf } from './conversion.ts';

const PAGE = readFileSync(
  new URL('../../fixtures/deepflow-kafka-exporter-page.yaml', import.meta.url),
  'utf8',
);

describe('the example of DeepFlow’s page', () => {
  test('becomes a KafkaExporter', () => {
    const { exporters } = convert(PAGE);
    expect(exporters.map(({ resource }) => resource)).toEqual([
      {
        name: 'l7-flow-log',
        login: undefined,
        manifest: {
          apiVersion: 'export.deepflow.io/v1alpha1',
          kind: 'KafkaExporter',
          metadata: { name: 'l7-flow-log', namespace: 'observability' },
          spec: {
            dataSources: ['flow_log.l7_flow_log'],
            source: { clickHouse: { url: 'http://clickhouse:8123' } },
            endpoints: ['broker1.example.com:9092', 'broker2.example.com:9092'],
            exportFields: ['$tag', '$metrics'],
            batchSize: 1024,
            flushTimeoutSeconds: 10,
            producer: { compression: 'snappy' },
            queueCount: 4,
            queueSize: 100_000,
            recordFormat: 'Compatible',
          },
        },
      },
    ]);
  });

  test('has each of its options in the report, and nothing that waits for a decision', () => {
    const conversion = convert(PAGE);
    const options = PAGE.split('\n').flatMap((line) => /^ +(?:- )?([\w-]+):/.exec(line)?.[1] ?? []);
    const reported = linesOf(conversion).map((line) => line.split(/[ [(]/)[0]?.split('.').at(-1));
    const around = ['exporters', 'sasl'];
    expect(options.filter((each) => !reported.includes(each) && !around.includes(each))).toEqual(
      [],
    );
    expect(options).toHaveLength(22);
    expect(isComplete(conversion)).toBe(true);
  });
});

describe('an option', () => {
  test.each<[string, readonly string[], object, string]>([
    ['enabled', ['enabled: false'], { enabled: false }, 'enabled (8): same: enabled: false'],
    [
      'enabled, which is off if it is absent',
      ['enabled:'],
      { enabled: false },
      'enabled (absent): same: enabled: false; without enabled: true, deepflow-server does not run the exporter',
    ],
    [
      'data-sources with a name before 7.1.1',
      ['data-sources: [event.perf_event]'],
      { dataSources: ['event.perf_event'] },
      'data-sources[0] (8): same: dataSources: event.perf_event; its name before DeepFlow 7.1.1: with a later DeepFlow, write event.file_event',
    ],
    [
      'data-sources with one that deepflow-server never sends',
      ['data-sources: [event.proc_ops_event]'],
      { dataSources: ['event.proc_ops_event'] },
      'data-sources[0] (8): differs: dataSources: event.proc_ops_event; deepflow-server sends none of its records: they are new to consumers',
    ],
    [
      'data-sources with one twice',
      ['data-sources: [flow_log.l4_flow_log, flow_log.l4_flow_log]'],
      { dataSources: ['flow_log.l4_flow_log'] },
      'data-sources[1] (8): differs: nothing more; is named twice: deepflow-server sends each record twice, and the KafkaExporter once',
    ],
    [
      'data-sources with an unknown one',
      ['data-sources: [flow_log.l4_flow_log, flow_log.l7_flow]'],
      { dataSources: ['flow_log.l4_flow_log'] },
      'data-sources[1] (8): not converted: nothing; is no data source, and deepflow-server ignores it; the nearest is "flow_log.l7_flow_log"',
    ],
    [
      'endpoints with one that is no broker',
      ['endpoints: ["b:1", "http://1.2.3.4:9091/receive"]'],
      { endpoints: ['b:1'] },
      'endpoints[1] (8): not converted: nothing; must be host:port, such as broker1.example.com:9092 or [2001:db8::1]:9092, with a port from 1 to 65535',
    ],
    [
      'queue-count',
      ['queue-count: 8'],
      { queueCount: 8 },
      'queue-count (9): same: queueCount: 8; shards that a pod exports at the same time',
    ],
    [
      'queue-count that is too large',
      ['queue-count: 65'],
      { queueCount: undefined },
      'queue-count (9): not converted: nothing; must be at most 64',
    ],
    [
      'queue-count of 0',
      ['queue-count: 0'],
      { queueCount: undefined },
      'queue-count (9): same: nothing; 0 means the default of queueCount, as in deepflow-server',
    ],
    [
      'queue-size below a batch',
      ['queue-size: 500'],
      { queueSize: 500, batchSize: 500 },
      'batch-size (absent): differs: batchSize: 500; a batch of 1024 does not fit queue-size; deepflow-server loses every record with a queue below 1024',
    ],
    [
      'batch-size above the queue',
      ['queue-size: 2000', 'batch-size: 4000'],
      { queueSize: 2000, batchSize: 2000 },
      'batch-size (absent): differs: batchSize: 2000; a batch of 4000 does not fit queue-size; deepflow-server loses every record with a queue below 1024',
    ],
    [
      'batch-size in the octal form of YAML',
      ['batch-size: 010'],
      { batchSize: 8 },
      'batch-size (9): same: batchSize: 8',
    ],
    [
      'flush-timeout of a second',
      ['flush-timeout: 1'],
      { flushTimeoutSeconds: 1 },
      'flush-timeout (9): same: flushTimeoutSeconds: 1',
    ],
    [
      'export-empty-tag',
      ['export-empty-tag: yes'],
      { exportEmptyTag: true },
      'export-empty-tag (9): same: exportEmptyTag: true',
    ],
    [
      'export-empty-metrics-disabled',
      ['export-empty-metrics-disabled: true'],
      { exportEmptyMetricsDisabled: true },
      'export-empty-metrics-disabled (9): same: exportEmptyMetricsDisabled: true',
    ],
    [
      'export-empty-metrics_disabled, which DeepFlow’s page has',
      ['export-empty-metrics_disabled: true'],
      { exportEmptyMetricsDisabled: true },
      "export-empty-metrics_disabled (9): differs: exportEmptyMetricsDisabled: true; the name in the example of DeepFlow's page, which deepflow-server ignores: it has its effect from now on",
    ],
    [
      'an option under both names, of which that of deepflow-server counts',
      ['export-empty-metrics_disabled: true', 'export-empty-metrics-disabled: false'],
      { exportEmptyMetricsDisabled: undefined },
      'export-empty-metrics_disabled (9): no effect: nothing; is also there as export-empty-metrics-disabled, which counts',
    ],
    [
      'tag-omitempty-disabled, an early name',
      ['tag-omitempty-disabled: true'],
      { exportEmptyTag: true },
      'tag-omitempty-disabled (9): differs: exportEmptyTag: true; the name in early versions of the exporter, which deepflow-server ignores: it has its effect from now on',
    ],
    [
      'metrics-omitempty, an early name',
      ['metrics-omitempty: true'],
      { exportEmptyMetricsDisabled: true },
      'metrics-omitempty (9): differs: exportEmptyMetricsDisabled: true; the name in early versions of the exporter, which deepflow-server ignores: it has its effect from now on',
    ],
    [
      'enum-to-string-disabled, an early name',
      ['enum-to-string-disabled: true'],
      { enumTranslateToNameDisabled: true },
      'enum-to-string-disabled (9): differs: enumTranslateToNameDisabled: true; the name in early versions of the exporter, which deepflow-server ignores: it has its effect from now on',
    ],
    [
      'universal-tag-to-string-disabled, an early name',
      ['universal-tag-to-string-disabled: true'],
      { universalTagTranslateToNameDisabled: true },
      'universal-tag-to-string-disabled (9): differs: universalTagTranslateToNameDisabled: true; the name in early versions of the exporter, which deepflow-server ignores: it has its effect from now on',
    ],
    [
      'enum-translate-to-name-disabled',
      ['enum-translate-to-name-disabled: true'],
      { enumTranslateToNameDisabled: true },
      'enum-translate-to-name-disabled (9): same: enumTranslateToNameDisabled: true',
    ],
    [
      'universal-tag-translate-to-name-disabled',
      ['universal-tag-translate-to-name-disabled: true'],
      { universalTagTranslateToNameDisabled: true },
      'universal-tag-translate-to-name-disabled (9): same: universalTagTranslateToNameDisabled: true',
    ],
    [
      'export-fields, which are metrics if they are absent',
      ['export-fields: []'],
      { exportFields: ['$metrics'] },
      'export-fields (absent): same: exportFields: [$metrics]; without the option, deepflow-server exports metrics and no tags; add $tag for the tags',
    ],
    [
      'export-fields with the mistake of DeepFlow’s page',
      ['export-fields: [$tag, $merics]'],
      { exportFields: ['$tag'] },
      'export-fields[1] (8): not converted: nothing; must be a category, a field or a label, but is "$merics"; the nearest is "$metrics"',
    ],
    [
      'export-fields with a sub-category alone',
      ['export-fields: [$service_info]'],
      { exportFields: ['$service_info'] },
      'export-fields[0] (8): differs: exportFields: $service_info; deepflow-server knows only $tag.service_info and ignores this entry: these fields are new to consumers',
    ],
    [
      'export-fields with a sub-category that is in another entry',
      ['export-fields: [$tag, $service_info]'],
      { exportFields: ['$tag', '$service_info'] },
      'export-fields[1] (8): same: exportFields: $service_info',
    ],
    [
      'export-fields of which none is left',
      ['export-fields: [$merics]'],
      { enabled: false, exportFields: undefined },
      'export-fields[0] (8): not converted: nothing; must be a category, a field or a label, but is "$merics"; the nearest is "$metrics"',
    ],
    [
      'extra-headers',
      ['extra-headers: { token: s3cret }'],
      {},
      'extra-headers (9): no effect: nothing; deepflow-server sends no headers to Kafka either',
    ],
    ['topic', ['topic: flows'], { topic: 'flows' }, 'topic (9): same: topic: flows'],
    [
      'topic that is empty',
      ['topic: ""'],
      { topic: undefined },
      'topic (9): same: topic: "", which is deepflow.{dataSource}',
    ],
    [
      'topic that Kafka refuses',
      ['topic: flow logs'],
      { topic: undefined, enabled: false },
      'topic (9): not converted: nothing; must be a Kafka topic: letters, digits, ".", "_" and "-", with the placeholders {dataSource}, {database} and {table}; the KafkaExporter has enabled: false until you have decided, since it might send other records, or elsewhere',
    ],
    [
      'that is unknown',
      ['batchsize: 5'],
      { batchSize: undefined },
      'batchsize (9): not converted: nothing; is unknown; the nearest is "batch-size"; deepflow-server ignores it',
    ],
    [
      'tag-filter, which never was an option',
      ['tag-filter: ""'],
      {},
      'tag-filter (9): not converted: nothing; is unknown; the nearest is "tag-filters"; deepflow-server ignores it',
    ],
  ])('%s', (_, options, spec, line) => {
    const conversion = convert(serverYaml(...options));
    expect(linesOf(conversion)).toContain(line);
    const present = Object.entries(spec).filter(([, value]) => value !== undefined);
    expect(specOf(conversion)).toMatchObject(Object.fromEntries(present));
    const absent = Object.entries(spec).flatMap(([field, value]) =>
      value === undefined ? field : [],
    );
    for (const field of absent) expect(specOf(conversion)).not.toHaveProperty(field);
  });
});

test.each([
  ['flush-timeout: "10"', 'flush-timeout', 'must be a number, but is text'],
  ['enabled: "true"', 'enabled', 'must be true or false, but is text'],
  ['topic: [flows]', 'topic', 'must be a text'],
  ['sasl: exporter', 'sasl', 'must be a map, but is text'],
  ['tag-filters: server_port', 'tag-filters', 'must be a list, but is text'],
  ['tag-filters: [server_port]', 'tag-filters', 'entry 0 must be a map, but is text'],
  ['export-fields: [[$tag]]', 'export-fields', 'entry 0 must be a text'],
  ['tag-filter-condition: or', 'tag-filter-condition', 'must be a map, but is text'],
])(
  'an option that deepflow-server cannot read is named, and the KafkaExporter waits: %s',
  (written, option, why) => {
    const conversion = convert(serverYaml(written));
    expect(specOf(conversion)).toMatchObject({ enabled: false });
    expect(linesOf(conversion)).toContainEqual(
      expect.stringMatching(
        new RegExp(
          String.raw`^${option} \(\d\): not converted: nothing; ${why}; deepflow-server does not start with this value; the KafkaExporter has enabled: false`,
        ),
      ),
    );
  },
);

test('a list that is longer than any field is not converted, and the KafkaExporter waits', () => {
  const sources = Array.from({ length: 257 }, () => '{ field-name: server_port }').join(', ');
  const conversion = convert(serverYaml(`tag-filters: [${sources}]`));
  expect(specOf(conversion)).toMatchObject({ enabled: false });
  expect(linesOf(conversion)).toContainEqual(
    expect.stringContaining(
      'not converted: nothing; must have at most 256 entries; the KafkaExporter',
    ),
  );
});

describe('a filter', () => {
  const PORT =
    '{ field-name: server_port, operator: IN, field-values: [443, 0x10, 080, 1.50, yes] }';

  test('has its values as they are written, as deepflow-server reads them', () => {
    const conversion = convert(serverYaml(`tag-filters: [${PORT}]`));
    expect(specOf(conversion)['tagFilters']).toEqual([
      {
        fieldName: 'server_port',
        operator: 'in',
        fieldValues: [443, '0x10', '080', '1.50', 'yes'],
      },
    ]);
    expect(linesOf(conversion)).toContain(
      'tag-filters[0] (9): same: tagFilters: server_port in 443, 0x10, 080, 1.50, yes',
    );
  });

  test('may be in a group, under the name of the option in DeepFlow’s code, too', () => {
    const groups = `[{ tag-filter-condition: { type: or }, tag-filters: [${PORT}] }]`;
    const group = { tagFilterCondition: 'or', tagFilters: [expect.anything()] };
    for (const name of ['tag-filters-groups', 'tag-filter-groups']) {
      const conversion = convert(serverYaml(`${name}: ${groups}`));
      expect(specOf(conversion)['tagFilterGroups']).toEqual([group]);
      expect(isComplete(conversion)).toBe(true);
    }
  });

  test('beside groups is the only one that counts with the rules of deepflow-server', () => {
    const lines = linesOf(
      convert(
        serverYaml(`tag-filters: [${PORT}]`, `tag-filters-groups: [{ tag-filters: [${PORT}] }]`),
      ),
    );
    expect(lines).toContain(
      'tag-filters and tag-filters-groups (10): differs: tagFilters and tagFilterGroups; with recordFormat Compatible, tagFilters replaces the groups, as in deepflow-server; with Documented, a record must pass both',
    );
  });

  test.each([
    ['or', 'or', 'same'],
    ['and', undefined, 'same'],
    ['OR', undefined, 'not converted'],
  ])('joins others with the condition %s', (type, field, outcome) => {
    const conversion = convert(
      serverYaml(`tag-filters: [${PORT}]`, `tag-filter-condition: { type: ${type} }`),
    );
    expect(specOf(conversion)['tagFilterCondition']).toBe(field);
    expect(linesOf(conversion)).toContainEqual(
      expect.stringContaining(`tag-filter-condition.type (10): ${outcome}: `),
    );
  });

  test.each([
    [
      '{ field-name: server_prt, operator: "=", field-values: [1] }',
      'fieldName: must be a field of the data sources, but is "server_prt"; the nearest is "server_port"',
    ],
    ['{ operator: "=", field-values: [1] }', 'field-name is missing'],
    [
      '{ field-name: app_service, operator: ~, field-values: [a] }',
      'operator is empty, and deepflow-server lets every record pass: write it in quotation marks, since YAML reads ~ as nothing',
    ],
    [
      '{ field-name: app_service, operator: "==", field-values: [a] }',
      'operator must be one of =, !=, in, not in, :, !:, ~, !~; the nearest is "="; deepflow-server lets every record pass',
    ],
    [
      '{ field-name: app_service, operator: "=", field-values: [] }',
      'field-values is empty, and deepflow-server lets no record pass with = and in, and every record with the others',
    ],
    [
      '{ field-name: app_service, operator: "~", field-values: ["a("] }',
      'fieldValues[0]: the pattern has a "(" without a ")"',
    ],
  ])('that cannot be converted is named, and the KafkaExporter waits: %s', (filter, why) => {
    const conversion = convert(serverYaml(`tag-filters: [${filter}]`));
    expect(specOf(conversion)).toMatchObject({ enabled: false });
    expect(specOf(conversion)).not.toHaveProperty('tagFilters');
    expect(linesOf(conversion)).toContain(
      `tag-filters[0] (9): not converted: nothing; ${why}; the KafkaExporter has enabled: false until you have decided, since it might send other records, or elsewhere`,
    );
  });

  test('that is missing from a group leaves the whole group out, and the KafkaExporter waits', () => {
    const conversion = convert(serverYaml('tag-filters-groups: [{ tag-filters: [] }]'));
    expect(specOf(conversion)).toMatchObject({ enabled: false });
    expect(linesOf(conversion)).toContainEqual(
      expect.stringContaining(
        'tag-filters-groups[0] (9): not converted: nothing; the group has no filter',
      ),
    );
  });

  test('is checked by the rules of the record format', () => {
    const text = serverYaml(
      'data-sources: [flow_log.l7_flow_log, flow_metrics.network.1m]',
      'tag-filters: [{ field-name: app_service, operator: "=", field-values: [a] }]',
    );
    expect(specOf(convert(text))).toHaveProperty('tagFilters');
    const documented = convert(text, { recordFormat: 'Documented' });
    expect(specOf(documented)).toMatchObject({ enabled: false, recordFormat: 'Documented' });
    expect(isComplete(documented)).toBe(false);
  });
});

describe('the login', () => {
  const LOGIN = 'enabled: true, username: exporter, password: 0123';

  test.each([
    [`{ ${LOGIN}, security-protocol: SASL_SSL, sasl-mechanism: PLAIN }`, 'SASL_SSL', 'PLAIN', true],
    [`{ ${LOGIN} }`, 'SASL_SSL', 'PLAIN', true],
    [`{ ${LOGIN}, security-protocol: SASL_PLAINTEXT }`, 'SASL_PLAINTEXT', 'PLAIN', true],
    [`{ ${LOGIN}, sasl-mechanism: SCRAM-SHA-512 }`, 'SASL_SSL', 'SCRAM-SHA-512', true],
    [`{ ${LOGIN}, sasl-mechanism: GSSAPI }`, 'SASL_SSL', 'PLAIN', false],
    [`{ ${LOGIN}, security-protocol: PLAINTEXT }`, 'SASL_SSL', 'PLAIN', false],
    ['{ enabled: true, username: exporter }', 'SASL_SSL', 'PLAIN', false],
  ])('%s is encrypted unless that is refused', (sasl, securityProtocol, mechanism, complete) => {
    const conversion = convert(serverYaml(`sasl: ${sasl}`));
    expect(specOf(conversion)['sasl']).toEqual({
      securityProtocol,
      mechanism,
      credentialsSecretRef: { name: 'l7-flow-log-kafka' },
    });
    expect(isComplete(conversion)).toBe(complete);
  });

  test('has the password as it is written, and shows it nowhere', () => {
    const conversion = convert(serverYaml(`sasl: { ${LOGIN} }`));
    expect(conversion.exporters[0]?.resource?.login).toEqual({
      secretName: 'l7-flow-log-kafka',
      username: 'exporter',
      password: '0123',
    });
    expect(linesOf(conversion).join('\n')).not.toContain('0123');
  });

  test('with an unknown option names the nearest', () => {
    expect(linesOf(convert(serverYaml(`sasl: { ${LOGIN}, mechanism: PLAIN }`)))).toContain(
      'sasl.mechanism (9): not converted: nothing; is unknown; the nearest is "sasl-mechanism"; deepflow-server ignores it',
    );
  });
});

describe('exporters', () => {
  const exporter = (sources: string, more = ''): string =>
    `  - { protocol: kafka, enabled: true, endpoints: ["b:9092"], data-sources: [${sources}]${more} }\n`;
  const names = (text: string, options = {}): readonly (string | undefined)[] =>
    convert(`ingester:\n  exporters:\n${text}`, options).exporters.map(({ name }) => name);

  test.each([
    ['flow_metrics.network.1m', 'network-1m'],
    ['flow_log.l7_flow_log, flow_log.l4_flow_log', 'flow-log'],
    ['flow_log.l7_flow_log, event.file_event', 'deepflow'],
  ])('of %s have the name %s', (sources, name) => {
    expect(names(exporter(sources))).toEqual([name]);
  });

  test('keep their names when another one is added', () => {
    const [first, second] = [exporter('flow_log.l7_flow_log'), exporter('event.file_event')];
    expect(names(second)).toEqual(['file-event']);
    expect(names(first + second)).toEqual(['l7-flow-log', 'file-event']);
  });

  test('of the same data sources are numbered', () => {
    const same = exporter('flow_log.l7_flow_log');
    expect(names(same + same + same)).toEqual(['l7-flow-log', 'l7-flow-log-2', 'l7-flow-log-3']);
  });

  test('have the name that is asked for, or names that begin with it', () => {
    const [first, second] = [exporter('flow_log.l7_flow_log'), exporter('event.file_event')];
    expect(names(first, { name: 'flows' })).toEqual(['flows']);
    expect(names(first + second, { name: 'flows' })).toEqual([
      'flows-l7-flow-log',
      'flows-file-event',
    ]);
  });

  test.each([
    ['opentelemetry', 'KafkaExporters send to Kafka only: leave this exporter in server.yaml'],
    ['prometheus', 'KafkaExporters send to Kafka only: leave this exporter in server.yaml'],
    ['Kafka', 'is unknown, and deepflow-server does not run this exporter; the nearest is "kafka"'],
    ['""', 'is missing: deepflow-server does not run this exporter'],
  ])('of the protocol %s are named', (protocol, why) => {
    const conversion = convert(serverYaml(`protocol: ${protocol}`));
    expect(conversion.exporters[0]?.resource).toBeUndefined();
    expect(linesOf(conversion)).toEqual([`protocol (8): not converted: nothing; ${why}`]);
  });

  test.each([
    ['data-sources: []', 'no data source is left: '],
    ['data-sources: [flow_log.l8]', 'no data source is left: '],
    ['endpoints: [broker]', 'no endpoint is left: '],
    ['endpoints:', 'no endpoint is left: '],
  ])('without what they need give no KafkaExporter: %s', (option, why) => {
    const conversion = convert(serverYaml(option));
    expect(conversion.exporters[0]?.resource).toBeUndefined();
    expect(linesOf(conversion)).toContainEqual(
      expect.stringContaining(`the exporter (absent): not converted: nothing; ${why}`),
    );
  });
});

test('the values of DeepFlow’s chart are read like server.yaml', () => {
  const inner = serverYaml('queue-count: 2').replaceAll(/^/gm, '    ');
  const conversion = convert(`configmap:\n  server.yaml:\n${inner}`);
  expect(specOf(conversion)).toMatchObject({ queueCount: 2 });
  expect(linesOf(conversion)).toContainEqual(expect.stringContaining('queue-count (11): same'));
});

test('options that an anchor repeats are read where they are written', () => {
  const text = `ingester:
  exporters:
  - &first { protocol: kafka, enabled: true, endpoints: ["b:1"], data-sources: [event.file_event], sasl: { enabled: true, username: u, password: 007 } }
  - <<: *first
    data-sources: [flow_log.l4_flow_log]
`;
  expect(
    convert(text).exporters.map(({ name, resource }) => [name, resource?.login?.password]),
  ).toEqual([
    ['file-event', '007'],
    ['l4-flow-log', '007'],
  ]);
});

describe('a file', () => {
  test.each([
    ['', '1:1: the file is empty'],
    ['a: [', '1:5: the file is not valid YAML: '],
    ['controller: {}', '1:1: there is no ingester: the file must be the server.yaml'],
    ['kind: ConfigMap\ndata: {}', '1:1: this is a ConfigMap: print its server.yaml with kubectl'],
    ['ingester: {}\n---\ningester: {}', '3:1: the file must be one server.yaml'],
    ['ingester: { ckdb: {} }', '1:1: there is no ingester.exporters'],
    ['ingester:\n  exporters:\n', '2:3: there is no ingester.exporters'],
    [
      'ingester:\n  exporters: { enabled: true }',
      '2:3: ingester.exporters must be a list, but is a map; in DeepFlow 7.0 and 7.1 it is a list of exporters',
    ],
    ['ingester:\n  exporters: [kafka]', '2:15: ingester.exporters[0] must be a map, but is text'],
    [
      'ingester:\n  exporters:\n  - operator: !=\n',
      '3:15: the file is not valid YAML: unknown scalar tag !<!=>; write the operator in quotation marks: "!="',
    ],
    [
      'ingester:\n  exporters:\n  - password: *s3cret\n',
      '3:16: the file is not valid YAML: put the password in quotation marks',
    ],
  ])('that cannot be converted is refused with its place: %j', (text, message) => {
    expect(() => convert(text)).toThrow(`server.yaml:${message}`);
    expect(() => convert(text)).not.toThrow('s3cret');
  });
});
