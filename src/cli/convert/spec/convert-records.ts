import { DATA_SOURCES } from '../../../deepflow/data-sources.ts';
import { METRIC_SUBCATEGORIES, TAG_SUBCATEGORIES } from '../../../deepflow/fields/field-row.ts';
import { nearestOf } from '../../../lib/nearest.ts';
import type { ExporterDraft } from './exporter-draft.ts';
import type { Found, OptionMap } from '../read/option-map.ts';

/** Data sources that deepflow-server knows, but of which it sends nothing. */
const NEVER_SENT: readonly string[] = DATA_SOURCES.filter(
  (name) => name.startsWith('event.') && name !== 'event.file_event' && name !== 'event.perf_event',
);

/** Converts `data-sources`. */
export function convertDataSources(options: OptionMap, draft: ExporterDraft): void {
  const known: readonly string[] = DATA_SOURCES;
  const seen = new Set<string>();
  for (const found of options.texts('data-sources') ?? []) {
    const { value } = found;
    if (!known.includes(value)) {
      const note = `is no data source, and deepflow-server ignores it; the nearest is "${nearestOf(value, known)}"`;
      draft.say(found, { outcome: 'not converted', becomes: 'nothing', note });
    } else if (seen.has(value)) {
      const note =
        'is named twice: deepflow-server sends each record twice, and the KafkaExporter once';
      draft.say(found, { outcome: 'differs', becomes: 'nothing more', note });
    } else {
      draft.add(found, 'dataSources', { value });
      draft.say(found, { becomes: `dataSources: ${value}`, ...dataSourceNote(value) });
    }
    seen.add(value);
  }
}

function dataSourceNote(name: string): { outcome?: 'differs'; note?: string } {
  if (NEVER_SENT.includes(name)) {
    return {
      outcome: 'differs',
      note: 'deepflow-server sends none of its records: they are new to consumers',
    };
  }
  if (name === 'event.perf_event') {
    return {
      note: 'its name before DeepFlow 7.1.1: with a later DeepFlow, write event.file_event',
    };
  }
  return name === 'event.file_event'
    ? { note: 'its name since DeepFlow 7.1.1: with an earlier DeepFlow, write event.perf_event' }
    : {};
}

/** Sub-categories, which deepflow-server selects only behind a category. */
const SUBCATEGORIES: readonly string[] = [...TAG_SUBCATEGORIES, ...METRIC_SUBCATEGORIES];

/** Converts `export-fields`. Without it, deepflow-server selects metrics only, since it does not know its own defaults. */
export function convertExportFields(options: OptionMap, draft: ExporterDraft): void {
  const fields = options.texts('export-fields') ?? [];
  if (fields.length === 0) {
    const option = 'export-fields';
    draft.pieces.push({
      field: 'exportFields',
      value: '$metrics',
      isEntry: true,
      option,
      place: undefined,
      isDecisive: false,
    });
    const note =
      'without the option, deepflow-server exports metrics and no tags; add $tag for the tags';
    draft.sayAbsent(option, { becomes: 'exportFields: [$metrics]', note });
    return;
  }
  const seen = new Set<string>();
  for (const found of fields) {
    const { value } = found;
    if (seen.has(value)) {
      draft.say(found, { outcome: 'no effect', becomes: 'nothing more', note: 'is named twice' });
      continue;
    }
    seen.add(value);
    draft.add(found, 'exportFields', { value });
    draft.say(found, { becomes: `exportFields: ${value}`, ...fieldNote(value, fields) });
  }
}

function fieldNote(
  entry: string,
  all: readonly Found<string>[],
): { outcome?: 'differs'; note?: string } {
  const name = entry.startsWith('$') ? entry.slice(1) : '';
  if (!SUBCATEGORIES.includes(name)) return {};
  const category = TAG_SUBCATEGORIES.some((each) => each === name) ? '$tag' : '$metrics';
  if (all.some(({ value }) => value === category)) return {};
  return {
    outcome: 'differs',
    note: `deepflow-server knows only ${category}.${name} and ignores this entry: these fields are new to consumers`,
  };
}

const FLAGS = {
  'export-empty-tag': 'exportEmptyTag',
  'export-empty-metrics-disabled': 'exportEmptyMetricsDisabled',
  'enum-translate-to-name-disabled': 'enumTranslateToNameDisabled',
  'universal-tag-translate-to-name-disabled': 'universalTagTranslateToNameDisabled',
} as const;

/** Converts the options that say how values are written. */
export function convertFlags(options: OptionMap, draft: ExporterDraft): void {
  for (const [option, field] of Object.entries(FLAGS)) {
    const found = options.flag(option);
    if (found === undefined) continue;
    if (found.value) {
      draft.set(found, field, { value: true });
      draft.say(found, { becomes: `${field}: true` });
    } else {
      // False, under any name, is the default of both.
      const { option: written, otherName = '', place } = found;
      draft.say(
        { option: written, place },
        { becomes: `${field}: false, the default`, note: otherName },
      );
    }
  }
}
