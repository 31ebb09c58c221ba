import { nearestOf } from '../../../lib/nearest.ts';
import { KAFKA_EXPORTER_API } from '../../../operator/api/kafka-exporter.ts';
import type { Place, YamlDocument } from '../../manifests/yaml-documents.ts';
import { convertFilters } from './convert-filters.ts';
import { convertLogin } from './convert-login.ts';
import { convertDataSources, convertExportFields, convertFlags } from './convert-records.ts';
import {
  convertEndpoints,
  convertHeaders,
  convertNumbers,
  convertTopic,
} from './convert-transport.ts';
import { ExporterDraft, type Login } from './exporter-draft.ts';
import { exporterName } from './exporter-name.ts';
import { OptionMap } from '../read/option-map.ts';
import { EXPORTER_OPTIONS } from '../read/option-names.ts';
import { inFileOrder, type OptionReport } from '../read/option-report.ts';
import type { ServerExporter } from '../read/read-server-yaml.ts';
import type { SpecPiece } from './spec-piece.ts';
import { fieldsOf, validPieces } from './valid-spec.ts';

/** What is the same for all exporters of a file. */
export interface ConvertOptions {
  readonly namespace: string;
  readonly clickHouseUrl: string;
  /** A Secret with the login to ClickHouse; undefined: the default user without a password. */
  readonly clickHouseSecret: string | undefined;
  /** Where it starts; undefined: the default. */
  readonly startFrom: string | undefined;
  readonly name: string | undefined;
  /** Topic instead of that in the file. */
  readonly topic: string | undefined;
  readonly recordFormat: 'Compatible' | 'Documented';
}

/** A KafkaExporter, and what it needs. */
export interface ConvertedResource {
  readonly name: string;
  /** As an object that the API server and the operator accept. */
  readonly manifest: object;
  /** Undefined: it does not log in. */
  readonly login: (Login & { readonly secretName: string }) | undefined;
}

/** An exporter of server.yaml, and what becomes of it. */
export interface ConvertedExporter {
  /** Its place in `ingester.exporters`. */
  readonly index: number;
  readonly place: Place;
  readonly protocol: string;
  /** The name of its KafkaExporter, also if there is none yet; undefined: it is no Kafka exporter. */
  readonly name: string | undefined;
  readonly lines: readonly OptionReport[];
  /** Undefined: there is none, and a line says why. */
  readonly resource: ConvertedResource | undefined;
}

const OTHER_PROTOCOLS = ['opentelemetry', 'prometheus'];

/**
 * Converts an exporter of server.yaml. The KafkaExporter that it gives is always valid.
 *
 * @param names those of the KafkaExporters that are there already.
 */
export function convertExporter(
  exporter: ServerExporter & { readonly document: YamlDocument },
  given: ConvertOptions & { readonly isOnly: boolean },
  names: ReadonlySet<string>,
): ConvertedExporter {
  const { document, index, path, values } = exporter;
  const draft = new ExporterDraft();
  const options = new OptionMap(values, {
    document,
    path,
    option: '',
    report: (line) => draft.lines.push(line),
    refuse: (line) => {
      draft.wait(line);
    },
  });
  const protocol = options.text('protocol');
  const converted = {
    index,
    place: options.place,
    protocol: protocol?.value ?? '',
  };
  if (protocol?.value !== 'kafka') {
    const line: OptionReport = {
      option: 'protocol',
      place: protocol?.place ?? options.place,
      outcome: 'not converted',
      becomes: 'nothing',
      note: otherProtocol(protocol?.value ?? ''),
    };
    return { ...converted, name: undefined, lines: [line], resource: undefined };
  }
  draft.say(protocol, { becomes: 'kind: KafkaExporter' });
  convertDataSources(options, draft);
  const sources = draft.pieces.map(({ value }) => String(value));
  const name = exporterName(sources, given, names);
  const secretName = `${name}-kafka`;
  for (const convert of [
    convertEnabled,
    convertEndpoints,
    convertNumbers,
    convertFlags,
    convertFilters,
    convertExportFields,
    convertHeaders,
    convertLogin(secretName),
    convertTopic(given.topic),
  ]) {
    convert(options, draft);
  }
  options.reportUnknown(EXPORTER_OPTIONS);
  const manifest = validManifest(draft, name, given);
  const { login } = draft;
  const resource =
    manifest === undefined
      ? undefined
      : { name, manifest, login: login === undefined ? undefined : { ...login, secretName } };
  return { ...converted, name, lines: inFileOrder(draft.lines), resource };
}

function otherProtocol(name: string): string {
  if (OTHER_PROTOCOLS.includes(name)) {
    return `KafkaExporters send to Kafka only: leave this exporter in server.yaml`;
  }
  const known = ['kafka', ...OTHER_PROTOCOLS];
  return name === ''
    ? 'is missing: deepflow-server does not run this exporter'
    : `is unknown, and deepflow-server does not run this exporter; the nearest is "${nearestOf(name, known)}"`;
}

function convertEnabled(options: OptionMap, draft: ExporterDraft): void {
  const found = options.flag('enabled');
  const isOn = found?.value === true;
  if (!isOn)
    draft.pieces.push({
      field: 'enabled',
      value: false,
      isEntry: false,
      option: 'enabled',
      place: found?.place,
      isDecisive: false,
    });
  if (found !== undefined) draft.say(found, { becomes: `enabled: ${found.value}` });
  else {
    const note = 'without enabled: true, deepflow-server does not run the exporter';
    draft.sayAbsent('enabled', { becomes: 'enabled: false', note });
  }
}

const { group, kind, version } = KAFKA_EXPORTER_API;

/** The manifest without what nothing can have, which is reported; undefined if nothing is left that could run. */
function validManifest(
  draft: ExporterDraft,
  name: string,
  given: ConvertOptions,
): object | undefined {
  const manifest = (fields: Readonly<Record<string, unknown>>): object => ({
    apiVersion: `${group}/${version}`,
    kind,
    metadata: { name, namespace: given.namespace },
    spec: inOrder({ ...fixedFields(given), ...fields }),
  });
  const valid = validPieces(draft.pieces, manifest);
  for (const { message, piece } of valid.refused) {
    const { option, place } = piece;
    // What was said of the option before is not true.
    const at = draft.lines.findIndex((line) => line.option === option && line.place === place);
    if (at !== -1) draft.lines.splice(at, 1);
    const line: OptionReport = {
      option,
      place,
      outcome: 'not converted',
      becomes: 'nothing',
      note: message,
    };
    if (piece.isDecisive) draft.wait(line);
    else draft.lines.push(line);
  }
  if (valid.kind === 'impossible') {
    const note = `${missingOf(
      draft,
      valid.refused.map(({ piece }) => piece),
    )}${valid.message}`;
    draft.sayAbsent('the exporter', { outcome: 'not converted', becomes: 'nothing', note });
    return undefined;
  }
  const fields = fieldsOf(valid.kept);
  const hadFields = draft.pieces.some(({ field }) => field === 'exportFields');
  if (hadFields && fields['exportFields'] === undefined) draft.reasonsToWait.push('export-fields');
  return manifest(draft.reasonsToWait.length > 0 ? { ...fields, enabled: false } : fields);
}

/** The beginning of the sentence that says why there is no KafkaExporter. */
function missingOf({ pieces }: ExporterDraft, refused: readonly SpecPiece[]): string {
  const has = (field: string): boolean =>
    pieces.some((piece) => piece.field === field && !refused.includes(piece));
  if (!has('dataSources')) return 'no data source is left: ';
  return has('endpoints') ? '' : 'no endpoint is left: ';
}

function fixedFields(given: ConvertOptions): Readonly<Record<string, unknown>> {
  const { clickHouseSecret, clickHouseUrl, recordFormat, startFrom, topic } = given;
  return {
    source: {
      clickHouse: {
        url: clickHouseUrl,
        ...(startFrom === undefined ? {} : { startFrom }),
        ...(clickHouseSecret === undefined
          ? {}
          : { credentialsSecretRef: { name: clickHouseSecret } }),
      },
    },
    ...(topic === undefined ? {} : { topic }),
    recordFormat,
    // The codec of deepflow-server: not every consumer can read another one.
    producer: { compression: 'snappy' },
  };
}

/** The fields in the order in which people write them; the same for every file. */
const ORDER = [
  'enabled',
  'dataSources',
  'source',
  'endpoints',
  'sasl',
  'topic',
  'tagFilterCondition',
  'tagFilters',
  'tagFilterGroups',
  'exportFields',
];

function inOrder(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const rank = (field: string): number =>
    ORDER.includes(field) ? ORDER.indexOf(field) : ORDER.length;
  return Object.fromEntries(
    Object.entries(fields).toSorted(([a], [b]) => rank(a) - rank(b) || (a < b ? -1 : 1)),
  );
}
