import { FILTER_OPERATORS } from '../../../deepflow/filters/record-filter.ts';
import { nearestOf } from '../../../lib/nearest.ts';
import type { ExporterDraft } from './exporter-draft.ts';
import type { Found, OptionMap } from '../read/option-map.ts';
import { FILTER_OPTIONS, GROUP_OPTIONS } from '../read/option-names.ts';
import type { OptionReport } from '../read/option-report.ts';

/** A filter as the spec has it. */
interface SpecFilter {
  readonly fieldName: string;
  readonly operator: string;
  readonly fieldValues: readonly (string | number)[];
}

/** Converts `tag-filter-condition`, `tag-filters` and `tag-filters-groups`. */
export function convertFilters(options: OptionMap, draft: ExporterDraft): void {
  const condition = conditionOf(options, draft);
  if (condition !== undefined)
    draft.set(condition, 'tagFilterCondition', { value: condition.value });
  const filters = options.maps('tag-filters');
  for (const found of filters ?? []) {
    const filter = filterOf(found, draft);
    if (filter === undefined) continue;
    draft.add(found, 'tagFilters', { value: filter, isDecisive: true });
    draft.say(found, { becomes: `tagFilters: ${textOf(filter)}`, ...listNote(filter) });
  }
  const groups = options.maps('tag-filters-groups') ?? [];
  for (const group of groups) convertGroup(group, draft);
  const [first] = groups;
  if ((filters ?? []).length > 0 && first !== undefined) {
    draft.say(
      { option: 'tag-filters and tag-filters-groups', place: first.place },
      {
        outcome: 'differs',
        becomes: 'tagFilters and tagFilterGroups',
        note: 'with recordFormat Compatible, tagFilters replaces the groups, as in deepflow-server; with Documented, a record must pass both',
      },
    );
  }
}

function convertGroup(group: Found<OptionMap>, draft: ExporterDraft): void {
  group.value.reportUnknown(GROUP_OPTIONS);
  const condition = conditionOf(group.value, draft);
  const found = group.value.maps('tag-filters') ?? [];
  const filters = found.map((each) => filterOf(each, draft));
  const whole = filters.filter((filter) => filter !== undefined);
  if (whole.length === 0 || whole.length < filters.length) {
    const why =
      filters.length === 0 ? 'the group has no filter' : 'one of its filters is not converted';
    draft.wait({ ...lineOf(group), note: why });
    return;
  }
  draft.add(group, 'tagFilterGroups', {
    value: {
      ...(condition === undefined ? {} : { tagFilterCondition: condition.value }),
      tagFilters: whole,
    },
    isDecisive: true,
  });
  draft.say(group, {
    becomes: `tagFilterGroups: ${whole.map(textOf).join(` ${condition?.value ?? 'and'} `)}`,
  });
}

/** `tag-filter-condition`, or undefined for "and". */
function conditionOf(options: OptionMap, draft: ExporterDraft): Found<'or'> | undefined {
  const map = options.map('tag-filter-condition');
  if (map === undefined) return undefined;
  map.value.reportUnknown(['type']);
  const type = map.value.text('type');
  if (type === undefined) return undefined;
  const becomes = `tagFilterCondition: ${type.value}`;
  if (type.value === 'or') {
    draft.say(type, {
      becomes,
      note: 'with recordFormat Compatible it rejects no record, as in deepflow-server; with Documented, a record must match one filter',
    });
    return { ...type, value: 'or' };
  }
  if (type.value === 'and') draft.say(type, { becomes: `${becomes}, the default` });
  else {
    draft.say(type, {
      outcome: 'not converted',
      becomes: 'tagFilterCondition: and, the default',
      note: 'is neither and nor or, and deepflow-server takes and: write and, or write or',
    });
  }
  return undefined;
}

/** A filter; undefined if it is not converted, which is reported. */
function filterOf(found: Found<OptionMap>, draft: ExporterDraft): SpecFilter | undefined {
  const { value: options } = found;
  options.reportUnknown(FILTER_OPTIONS);
  const fieldName = options.text('field-name')?.value ?? '';
  const operator = options.text('operator')?.value.toLowerCase() ?? '';
  const values = options.texts('field-values') ?? [];
  const why = problemOf(fieldName, operator, values.length);
  if (why === undefined) {
    return { fieldName, operator, fieldValues: values.map(({ value }) => numberOrText(value)) };
  }
  draft.wait({ ...lineOf(found), note: why });
  return undefined;
}

function lineOf({ option, place }: Found<OptionMap>): Omit<OptionReport, 'note'> {
  return { option, place, outcome: 'not converted', becomes: 'nothing' };
}

function problemOf(fieldName: string, operator: string, values: number): string | undefined {
  if (fieldName === '') return 'field-name is missing';
  if (operator === '') {
    return 'operator is empty, and deepflow-server lets every record pass: write it in quotation marks, since YAML reads ~ as nothing';
  }
  const known: readonly string[] = FILTER_OPERATORS;
  if (!known.includes(operator)) {
    return `operator must be one of ${known.join(', ')}; the nearest is "${nearestOf(operator, known)}"; deepflow-server lets every record pass`;
  }
  return values > 0
    ? undefined
    : 'field-values is empty, and deepflow-server lets no record pass with = and in, and every record with the others';
}

/** A number as YAML writes it best, if a text of the same characters. */
function numberOrText(text: string): string | number {
  const value = Number(text);
  return /^(?:0|-?[1-9]\d*)$/.test(text) && Number.isSafeInteger(value) ? value : text;
}

const PATTERNS = [':', '!:', '~', '!~'];

/** With a pattern, deepflow-server reads only the first value that is one. */
function listNote({ fieldValues, operator }: SpecFilter): { readonly note?: string } {
  return PATTERNS.includes(operator) && fieldValues.length > 1
    ? {
        note: 'with recordFormat Compatible only the first pattern counts, as in deepflow-server; with Documented, all',
      }
    : {};
}

function textOf({ fieldName, fieldValues, operator }: SpecFilter): string {
  return `${fieldName} ${operator} ${fieldValues.join(', ')}`;
}
