import { EXPORTER_ROWS } from './exporter-rows.ts';
import { OPERATOR_ROW } from './operator-row.ts';
import type { Panel, Row } from './panel.ts';

/** The part of an object of Grafana's dashboards that is written here. */
type Json = Readonly<Record<string, unknown>>;

/** The width of a dashboard in Grafana's grid. */
const GRID = 24;
const SIZE = { timeseries: { w: 12, h: 8 }, stat: { w: 6, h: 4 } } as const;
/** How a panel looks. Grafana's schema wants every field. */
const OPTIONS = {
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
    colorMode: 'value',
    graphMode: 'area',
    justifyMode: 'auto',
    orientation: 'auto',
    percentChangeColorMode: 'standard',
    showPercentChange: false,
    textMode: 'auto',
    wideLayout: true,
  },
  timeseries: {
    legend: { calcs: [], displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
} as const;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
/** A gauge that every exporter has at all times. */
const ALWAYS = 'deepflow_kafka_exporter_queued_records';

/** All rows of the dashboard. */
export const ROWS: readonly Row[] = [...EXPORTER_ROWS, OPERATOR_ROW];

/** The queries that fill the lists of namespaces and of exporters. */
export const LISTS = {
  namespace: `label_values(${ALWAYS}, namespace)`,
  exporter: `label_values(${ALWAYS}{namespace=~"$namespace"}, export_deepflow_io_exporter)`,
} as const;

/**
 * The dashboard in the form in which Grafana imports and exports it.
 *
 * @see https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/
 */
export function dashboard(): Json {
  return {
    uid: 'deepflow-kafka-exporter',
    title: 'DeepFlow Kafka Exporter',
    tags: ['deepflow', 'kafka'],
    schemaVersion: 39,
    editable: true,
    refresh: '1m',
    time: { from: 'now-6h', to: 'now' },
    annotations: { list: [] },
    templating: {
      list: [
        { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' },
        list('namespace', 'Namespace', LISTS.namespace),
        list('exporter', 'KafkaExporter', LISTS.exporter),
      ],
    },
    panels: layOut(ROWS),
  };
}

/** A list from which the user chooses; all by default. */
function list(name: string, label: string, query: string): Json {
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    query: { query, refId: name },
    definition: query,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    // Not `.*`, which also matches what has no such label: the metrics of other programs.
    allValue: '.+',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  };
}

/** Rows one below the other, and panels beside each other as long as there is room. */
function layOut(rows: readonly Row[]): readonly Json[] {
  const placed: Json[] = [];
  let y = 0;
  for (const { panels, title } of rows) {
    placed.push({
      id: placed.length + 1,
      type: 'row',
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: GRID, h: 1 },
    });
    y += 1;
    let x = 0;
    let height = 0;
    for (const panel of panels) {
      const { w, h } = SIZE[panel.type];
      if (x + w > GRID) {
        x = 0;
        y += height;
      }
      placed.push({ id: placed.length + 1, ...panelJson(panel), gridPos: { x, y, w, h } });
      x += w;
      height = h;
    }
    y += height;
  }
  return placed;
}

function panelJson({ description, queries, title, type, unit }: Panel): Json {
  return {
    type,
    title,
    ...(description === undefined ? {} : { description }),
    datasource: DATASOURCE,
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    options: OPTIONS[type],
    targets: queries.map(({ expr, legend }, index) => ({
      refId: String.fromCodePoint('A'.charCodeAt(0) + index),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
      range: true,
    })),
  };
}
