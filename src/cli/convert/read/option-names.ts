/** The options of an exporter that deepflow-server 7.0 and 7.1 read (server/ingester/exporters/config/config.go). */
export const EXPORTER_OPTIONS = [
  'protocol',
  'enabled',
  'data-sources',
  'endpoints',
  'queue-count',
  'queue-size',
  'batch-size',
  'flush-timeout',
  'export-empty-tag',
  'export-empty-metrics-disabled',
  'enum-translate-to-name-disabled',
  'universal-tag-translate-to-name-disabled',
  'tag-filters',
  'tag-filters-groups',
  'tag-filter-condition',
  'export-fields',
  'extra-headers',
  'sasl',
  'topic',
] as const;

/** The options of `sasl`. */
export const SASL_OPTIONS = [
  'enabled',
  'security-protocol',
  'sasl-mechanism',
  'username',
  'password',
] as const;

/** The options of an entry of `tag-filters`. */
export const FILTER_OPTIONS = ['field-name', 'operator', 'field-values'] as const;

/** The options of an entry of `tag-filters-groups`. */
export const GROUP_OPTIONS = ['tag-filter-condition', 'tag-filters'] as const;

/** Another name of an option. deepflow-server 7.0 and 7.1 ignore an option with this name. */
export interface OtherName {
  readonly option: (typeof EXPORTER_OPTIONS)[number];
  /** Who writes it so. */
  readonly origin: string;
}

/** Names that DeepFlow's pages and older servers have for options. */
export const OTHER_NAMES: Readonly<Record<string, OtherName>> = {
  'export-empty-metrics_disabled': {
    option: 'export-empty-metrics-disabled',
    origin: "the name in the example of DeepFlow's page",
  },
  'tag-filter-groups': {
    option: 'tag-filters-groups',
    origin: "the name in a comment of DeepFlow's code",
  },
  'tag-omitempty-disabled': {
    option: 'export-empty-tag',
    origin: 'the name in early versions of the exporter',
  },
  'metrics-omitempty': {
    option: 'export-empty-metrics-disabled',
    origin: 'the name in early versions of the exporter',
  },
  'enum-to-string-disabled': {
    option: 'enum-translate-to-name-disabled',
    origin: 'the name in early versions of the exporter',
  },
  'universal-tag-to-string-disabled': {
    option: 'universal-tag-translate-to-name-disabled',
    origin: 'the name in early versions of the exporter',
  },
};
