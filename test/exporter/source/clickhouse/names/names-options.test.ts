import { expect, test } from 'vitest';
import { namesOptions } from '../../../../../src/exporter/source/clickhouse/names/names-options.ts';
import { exporterConfig } from '../../../exporter-config.ts';

const UNTRANSLATED = {
  enumTranslateToNameDisabled: true,
  universalTagTranslateToNameDisabled: true,
};

test.each([
  ['are read by default', {}, true],
  ['are read for the types of workloads even without translation', UNTRANSLATED, true],
  [
    'are not read where ids and codes stay as they are',
    { ...UNTRANSLATED, dataSources: ['event.file_event'] },
    false,
  ],
  [
    'are read for labels',
    { ...UNTRANSLATED, dataSources: ['event.file_event'], exportFields: ['$k8s.label.app'] },
    true,
  ],
] as const)('names of resources %s', (_name, other, isRead) => {
  const config = exporterConfig({
    other: {
      ...other,
      dataSources: [
        ...('dataSources' in other ? other.dataSources : ['flow_log.l7_flow_log' as const]),
      ],
      exportFields: [...('exportFields' in other ? other.exportFields : ['$tag'])],
    },
  });
  expect(namesOptions(config) !== undefined).toBe(isRead);
});
