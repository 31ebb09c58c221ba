import { readFileSync } from 'node:fs';
import { dump, loadAll } from 'js-yaml';
import { z } from 'zod';

/** Addresses, credentials and times to fill into the example. */
export interface ExampleValues {
  readonly endpoints: readonly string[];
  readonly kafkaUser: { readonly username: string; readonly password: string };
  /** PEM; empty: the system's CA certificates, and the example gets no `tls`. */
  readonly caPem: string;
  readonly clickHouseUrl: string;
  readonly clickHouseUser: { readonly username: string; readonly password: string };
  readonly settleSeconds: number;
  readonly flushTimeoutSeconds: number;
  /** RFC 3339. */
  readonly startFrom: string;
}

/** `examples/flow-logs.yaml` filled in. */
export interface FilledExample {
  /** The objects of the file as YAML, for kubectl apply. */
  readonly all: string;
  /** Only the KafkaExporter, which contains no secret. */
  readonly kafkaExporter: string;
}

/** Namespace and name of the KafkaExporter of the example. */
export const EXAMPLE = { namespace: 'deepflow-export', name: 'flow-logs' } as const;

const document = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string() }),
  stringData: z.record(z.string(), z.string()).optional(),
  // A z.record keeps the order of the fields in the file.
  spec: z.record(z.string(), z.unknown()).optional(),
});

const source = z.object({ clickHouse: z.record(z.string(), z.unknown()) });

type Document = z.infer<typeof document>;

/** Fills addresses, credentials and the times of the demonstration into the example for users. */
export function fillExample(values: ExampleValues): FilledExample {
  const text = readFileSync(new URL('../../examples/flow-logs.yaml', import.meta.url), 'utf8');
  const documents = z
    .array(document)
    .parse(loadAll(text))
    .filter(({ metadata }) => metadata.name !== 'kafka-ca' || values.caPem !== '')
    .map((each) => fill(each, values));
  const yaml = (each: Document): string =>
    dump(each, { lineWidth: -1, noRefs: true, skipInvalid: true });
  return {
    all: documents.map(yaml).join('---\n'),
    kafkaExporter: documents
      .filter(({ kind }) => kind === 'KafkaExporter')
      .map(yaml)
      .join(''),
  };
}

function fill(each: Document, values: ExampleValues): Document {
  switch (each.metadata.name) {
    case 'kafka-user':
      return { ...each, stringData: values.kafkaUser };
    case 'kafka-ca':
      return { ...each, stringData: { 'ca.crt': values.caPem } };
    case 'clickhouse-user':
      return { ...each, stringData: values.clickHouseUser };
    case EXAMPLE.name:
      return { ...each, spec: fillSpec(each.spec ?? {}, values) };
    default:
      return each;
  }
}

function fillSpec(
  spec: Readonly<Record<string, unknown>>,
  values: ExampleValues,
): Record<string, unknown> {
  const { clickHouse } = source.parse(spec['source']);
  const { clickHouseUrl: url, settleSeconds, startFrom } = values;
  const filled = {
    ...spec,
    source: { clickHouse: { ...clickHouse, url, startFrom, settleSeconds } },
    endpoints: [...values.endpoints],
    flushTimeoutSeconds: values.flushTimeoutSeconds,
  };
  return values.caPem === '' ? { ...filled, tls: undefined } : filled;
}
