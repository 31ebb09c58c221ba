import { type KafkaExporterSpec, kafkaExporterSpec } from '../api/kafka-exporter-spec.ts';

/** The key of the pods' Secret that has the last valid spec of the resource. */
export const ACCEPTED_SPEC = 'spec.json';

/** A Secret has at most 1 MiB, and most of it is for credentials. */
const CHARACTERS_MAX = 262_144;

/** A spec as text, without `suspend`, which is not about what runs; undefined: it is too large to be kept. */
export function acceptedSpecText(spec: KafkaExporterSpec): string | undefined {
  const text = JSON.stringify({ ...spec, suspend: false });
  return text.length > CHARACTERS_MAX ? undefined : text;
}

/**
 * The spec that the operator accepted last; undefined: none is kept.
 *
 * @param data the data of the pods' Secret, base64-encoded.
 */
export function readAcceptedSpec(
  data: Readonly<Record<string, string>>,
): KafkaExporterSpec | undefined {
  const encoded = data[ACCEPTED_SPEC];
  if (encoded === undefined) return undefined;
  try {
    const text = Buffer.from(encoded, 'base64').toString('utf8');
    return kafkaExporterSpec.safeParse(JSON.parse(text)).data;
  } catch {
    // Somebody has changed the Secret by hand: then there is no last valid spec.
    return undefined;
  }
}
