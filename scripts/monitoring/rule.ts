import { EXPORTER_LABEL } from '../../src/operator/desired/labels.ts';

/** How soon somebody must look: records are late or lost soon; or delivery goes on, and something is not as it should be. */
type Severity = 'warning' | 'info';

/** An alert. Its section in docs/runbook.md has its name. */
export interface Alert {
  readonly name: string;
  /** PromQL. Every result has the labels that the summary names. */
  readonly expr: string;
  /** How long the expression must hold, such as `5m`; `0m`: not at all. */
  readonly for: string;
  readonly severity: Severity;
  /** What is wrong, and where. It may have Prometheus's templates. */
  readonly summary: string;
  /** What to look at first. */
  readonly description: string;
}

/** A series that Prometheus keeps, because the dashboard and several alerts need it. */
export interface RecordingRule {
  /** `level:metric:operations`, as Prometheus's documentation names them. The level `exporter` is a namespace and a name. */
  readonly record: string;
  readonly expr: string;
}

/** The label that names the resource: `podTargetLabels` gives a target each label of its pod, with an underscore for every other sign. */
const EXPORTER = EXPORTER_LABEL.replaceAll(/\W/g, '_');

/** The labels that name a resource. Only both together do: another namespace may have an exporter of the same name. */
export const RESOURCE = `namespace, ${EXPORTER}`;

/** The name of a resource in a summary. */
export const NAMED = `{{ $labels.namespace }}/{{ $labels.${EXPORTER} }}`;

/** Selects the targets that are pods of exporters. */
export const OF_EXPORTERS = `${EXPORTER}!=""`;
