import { unknownEntries } from '../../deepflow/fields/export-fields.ts';
import { keyFieldProblem } from '../../deepflow/fields/key-field.ts';
import { patternProblem } from '../../deepflow/filters/re2/re2-pattern.ts';
import { filterFields } from '../../deepflow/fields/filter-fields.ts';
import { validateFilter } from '../../deepflow/filters/validate-filter.ts';
import type { ExporterConfig } from '../../exporter/contract/exporter-config.ts';
import { nearestOf } from '../../lib/nearest.ts';
import { timeZoneNamed } from '../../lib/time-zone.ts';

/**
 * What is wrong with the selection of records and fields, as sentences that begin with the path in the resource.
 * The API server cannot find these mistakes, because it knows neither DeepFlow's fields nor the time zones.
 */
export function* recordProblems(config: ExporterConfig): Generator<string> {
  const { dataSources, exportFields, filter, http, recordFormat, timeZone } = config;
  for (const { entry, at, nearest } of unknownEntries(exportFields, dataSources, recordFormat)) {
    yield `spec.exportFields[${at}]: must be a category, a field or a label, but is "${entry}"; the nearest is "${nearest}"`;
  }
  yield* labelPatternProblems(exportFields);
  for (const problem of validateFilter(filter, dataSources, recordFormat)) yield `spec.${problem}`;
  yield* timeZoneProblems('spec.timeZone', timeZone);
  yield* keyFieldProblems(config);
  if (http !== undefined) yield* httpProblems(config, http);
}

const LABEL_PATTERN = '~$k8s.label.';

function labelPatternProblems(exportFields: readonly string[]): readonly string[] {
  return exportFields.flatMap((entry, i) => {
    if (!entry.startsWith(LABEL_PATTERN)) return [];
    const problem = patternProblem(entry.slice(LABEL_PATTERN.length));
    return problem === undefined ? [] : [`spec.exportFields[${i}]: the pattern ${problem}`];
  });
}

function keyFieldProblems({ kafka: { keyField }, dataSources }: ExporterConfig): readonly string[] {
  const problem = keyField === undefined ? undefined : keyFieldProblem(keyField, dataSources);
  return problem === undefined ? [] : [`spec.producer.keyField: ${problem}`];
}

/** What is wrong because pushed rows cannot have it. */
function httpProblems(
  { dataSources, filter, recordFormat }: ExporterConfig,
  http: NonNullable<ExporterConfig['http']>,
): readonly string[] {
  const fields = dataSources.map((dataSource) => filterFields(dataSource, recordFormat));
  const lookedUp = (name: string): boolean =>
    fields.some((known) => known.get(name)?.form === 'workload_type');
  const filtered = [filter, ...filter.tagFilterGroups]
    .flatMap(({ tagFilters }) => tagFilters.map(({ fieldName }) => fieldName))
    .filter(lookedUp);
  return [
    ...filtered.map(
      (name) =>
        `spec.tagFilters: ${name} is looked up in ClickHouse, but source.http has no ClickHouse; filter by another field`,
    ),
    ...timeZoneProblems('spec.source.http.timeZone', http.timeZone),
  ];
}

function timeZoneProblems(path: string, name: string): readonly string[] {
  if (timeZoneNamed(name) !== undefined) return [];
  const nearest = nearestOf(name, ['UTC', ...Intl.supportedValuesOf('timeZone')]);
  return [
    `${path}: must be a name of the IANA time zone database, but is "${name}"; the nearest is "${nearest}"`,
  ];
}
