import { nearestOf } from '../../lib/nearest.ts';
import type { DataSource } from '../data-sources.ts';
import { METRIC_SUBCATEGORIES, TAG_SUBCATEGORIES } from './field-row.ts';
import { type Field, fieldsOf } from './fields.ts';

/** `Documented`: as DeepFlow documents it. `Compatible`: as its server really works. */
export type SelectionRules = 'Documented' | 'Compatible';

/** Which Kubernetes labels a record contains. */
export interface LabelSelection {
  /** True: every label. */
  readonly all: boolean;
  readonly names: ReadonlySet<string>;
  /** RE2 patterns, not anchored. A label is selected when one of them matches its name. */
  readonly patterns: readonly string[];
}

/** The selection of `exportFields`. */
export interface Selection {
  readonly fields: readonly Field[];
  /** Undefined: no labels. */
  readonly labels: LabelSelection | undefined;
}

const LABEL = '$k8s.label';
const LABEL_NAME = '$k8s.label.';
const LABEL_PATTERN = '~$k8s.label.';
const SUBCATEGORIES: ReadonlySet<string> = new Set([...TAG_SUBCATEGORIES, ...METRIC_SUBCATEGORIES]);

/** Sub-categories that have fields in DeepFlow's server, but that the server cannot select. */
const UNKNOWN_TO_SERVER: ReadonlySet<string> = new Set(['business_info']);

/**
 * Compiles `exportFields` for a data source (DeepFlow, server/ingester/exporters/config): `$tag`,
 * `$metrics`, a sub-category (`$tag.flow_info`), a field by name, labels (`$k8s.label`,
 * `$k8s.label.NAME`, `~$k8s.label.REGEX`). Unknown entries select nothing. `unknownEntries` finds
 * them.
 */
export function compileSelection(
  entries: readonly string[],
  dataSource: DataSource,
  rules: SelectionRules,
): Selection {
  const isSelected = rules === 'Documented' ? documentedRule(entries) : serverRule(entries);
  const fields = selectableFields(dataSource, rules).filter(isSelected);
  return { fields, labels: labelsOf(entries) };
}

/** The fields of a data source, by the names with which entries select them. */
function selectableFields(dataSource: DataSource, rules: SelectionRules): readonly Field[] {
  if (rules === 'Documented' || dataSource !== 'flow_log.l7_flow_log') return fieldsOf(dataSource);
  return fieldsOf(dataSource).map((field) => {
    if (field.name !== 'capture_nic_type') return field;
    const { category, form, bits, column, isStored } = field;
    const malformed = { name: MALFORMED_NAME, key: MALFORMED_NAME, subcategory: undefined };
    return { ...malformed, category, form, bits, column, isStored };
  });
}

/**
 * The category of a `$` entry: `flow_info` for both `$tag.flow_info` and `$x.flow_info`, and `tag`
 * for `$tag`.
 */
function categoryOf(entry: string): string | undefined {
  if (!entry.startsWith('$') || entry.startsWith(LABEL)) return undefined;
  const [first = '', second = ''] = entry.slice(1).split('.');
  return second === '' ? first : second;
}

/**
 * A category selects all its fields, and a sub-category its own fields, whatever the other entries
 * are.
 */
function documentedRule(entries: readonly string[]): (field: Field) => boolean {
  const categories = new Set(entries.map(categoryOf));
  const names = new Set(entries);
  return (field) =>
    categories.has(field.category === 'tag' ? 'tag' : 'metrics') ||
    (field.subcategory !== undefined && categories.has(field.subcategory)) ||
    names.has(field.name) ||
    names.has(field.key);
}

/**
 * The server's rule since 7.0. Categories and sub-categories have bits, and a field needs the bits
 * of both. `$tag` sets every tag bit except `event_info`. A field without a known sub-category
 * needs any bit of its category. `$k8s.label` alone selects every field.
 */
function serverRule(entries: readonly string[]): (field: Field) => boolean {
  const isEverything = entries.includes(LABEL);
  const names = new Set(entries);
  const bits = new Set<string>();
  for (const entry of entries) {
    const category = categoryOf(entry);
    if (category === 'tag') for (const bit of SERVER_TAG_BITS) bits.add(bit);
    else if (category === 'metrics') for (const bit of METRIC_SUBCATEGORIES) bits.add(bit);
    else if (category !== undefined && !UNKNOWN_TO_SERVER.has(category)) bits.add(category);
  }
  const hasAny = (all: readonly string[]): boolean => all.some((bit) => bits.has(bit));
  const tag = hasAny(SERVER_TAG_BITS);
  const metric = hasAny(METRIC_SUBCATEGORIES);
  return (field) => {
    if (isEverything || names.has(field.name) || names.has(field.key)) return true;
    // The struct tag of the field is malformed, so the server knows no category for it.
    if (isMalformed(field)) return false;
    if (!(field.category === 'tag' ? tag : metric)) return false;
    const { subcategory } = field;
    return subcategory === undefined || UNKNOWN_TO_SERVER.has(subcategory) || bits.has(subcategory);
  };
}

const SERVER_TAG_BITS = TAG_SUBCATEGORIES.filter(
  (name) => name !== 'event_info' && !UNKNOWN_TO_SERVER.has(name),
);

const MALFORMED_NAME = 'capture_nic_type category:';

/** `capture_nic_type` of calls: its struct tag lacks a quotation mark (l7_flow_log.go). */
function isMalformed(field: Field): boolean {
  return field.name === MALFORMED_NAME;
}

function labelsOf(entries: readonly string[]): LabelSelection | undefined {
  const names = entries
    .filter((entry) => entry.startsWith(LABEL_NAME))
    .map((entry) => entry.slice(LABEL_NAME.length));
  const patterns = entries
    .filter((entry) => entry.startsWith(LABEL_PATTERN))
    .map((entry) => entry.slice(LABEL_PATTERN.length));
  const all = entries.includes(LABEL);
  if (!all && names.length === 0 && patterns.length === 0) return undefined;
  return { all, names: new Set(names), patterns };
}

/**
 * An entry of `exportFields` that selects nothing in any data source, and the most similar known
 * entry.
 */
export interface UnknownEntry {
  /** Its place among the entries. */
  readonly at: number;
  readonly entry: string;
  readonly nearest: string;
}

/**
 * The entries that select nothing in any of the data sources, each with the most similar known
 * entry.
 */
export function* unknownEntries(
  entries: readonly string[],
  dataSources: readonly DataSource[],
  rules: SelectionRules,
): Generator<UnknownEntry> {
  const fields = dataSources.flatMap((dataSource) => selectableFields(dataSource, rules));
  const known = new Set([
    '$tag',
    '$metrics',
    LABEL,
    ...[...SUBCATEGORIES].flatMap((name) => [`$tag.${name}`, `$metrics.${name}`]),
    ...fields.flatMap(({ name, key }) => [name, key]),
  ]);
  for (const [at, entry] of entries.entries()) {
    if (known.has(entry) || isKnownPattern(entry)) continue;
    yield { entry, at, nearest: nearestOf(entry, [...known]) };
  }
}

function isKnownPattern(entry: string): boolean {
  if (entry.startsWith(LABEL_NAME) || entry.startsWith(LABEL_PATTERN)) {
    return entry.length > entry.indexOf(LABEL_NAME) + LABEL_NAME.length;
  }
  const category = categoryOf(entry);
  return category === 'tag' || category === 'metrics' || SUBCATEGORIES.has(category ?? '');
}
