import { compileSelection } from '../../../../deepflow/fields/export-fields.ts';
import { fieldsOf } from '../../../../deepflow/fields/fields.ts';
import type { ReadingConfig } from '../../../contract/exporter-config.ts';
import type { NamesOptions } from './read-names.ts';

/**
 * The names that a configuration's records need. Undefined: none. The type of a workload is read
 * even when nothing is translated, since DeepFlow does not store it in the record.
 */
export function namesOptions(config: ReadingConfig): NamesOptions | undefined {
  const { clickHouse, dataSources, exportFields, recordFormat } = config;
  const selections = dataSources.map((source) =>
    compileSelection(exportFields, source, recordFormat),
  );
  const labels = selections.find((selection) => selection.labels !== undefined)?.labels;
  const isNeeded =
    labels !== undefined ||
    !config.universalTagTranslateToNameDisabled ||
    dataSources.flatMap(fieldsOf).some(({ form }) => form === 'workload_type');
  if (!isNeeded) return undefined;
  return { organization: clickHouse.organizationId, labels };
}
