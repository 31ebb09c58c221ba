import { basename } from 'node:path';
import { dump } from 'js-yaml';
import type { ConvertedExporter, ConvertedResource } from '../spec/convert-exporter.ts';
import type { Conversion } from '../convert-server-yaml.ts';

/** Another object that a KafkaExporter needs; undefined if it needs none. */
export type CompanionOf = (resource: ConvertedResource) => object | undefined;

/**
 * The KafkaExporters as YAML, each behind a comment that says where it comes from, and what to look at. The same file and options
 * give the same bytes.
 *
 * @param companionOf objects that are written before their KafkaExporter.
 */
export function manifestText({ exporters, file }: Conversion, companionOf: CompanionOf): string {
  return exporters
    .flatMap((exporter) => {
      const { resource } = exporter;
      if (resource === undefined) return [];
      const companion = companionOf(resource);
      const objects = [...(companion === undefined ? [] : [companion]), resource.manifest];
      const comment = commentOf(file, exporter, companion !== undefined);
      return [`---\n${comment}${objects.map(yaml).join('---\n')}`];
    })
    .join('');
}

/** The objects beside the KafkaExporters alone, as YAML; empty if there are none. */
export function companionText({ exporters }: Conversion, companionOf: CompanionOf): string {
  return exporters
    .flatMap(({ resource }) => (resource === undefined ? [] : (companionOf(resource) ?? [])))
    .map((object) => `---\n${yaml(object)}`)
    .join('');
}

function yaml(object: object): string {
  return dump(object, { lineWidth: -1, noRefs: true });
}

const NOT_IN_FILE = `\
# server.yaml does not say these; change them if they are not right:
#   source.clickHouse.url            the address of ClickHouse's HTTP interface
#   source.clickHouse.startFrom      where it starts: Now, if absent
#   timeZone                         the time zone of time_str: UTC, if absent
`;

function commentOf(
  file: string,
  { index, lines, place, resource }: ConvertedExporter,
  hasCompanion: boolean,
): string {
  const waiting = lines.filter(({ outcome }) => outcome === 'not converted');
  const sentences = [
    `ingester.exporters[${index}] of ${oneLine(basename(file))}, line ${place.line}.`,
    ...(waiting.length === 0
      ? []
      : [
          `Not converted, see the report: ${waiting.map(({ option }) => oneLine(option)).join(', ')}.`,
          'If enabled is false for this, set it to true when you have decided.',
        ]),
    ...(resource?.login === undefined || hasCompanion
      ? []
      : [`It needs the Secret ${resource.login.secretName} with the keys username and password.`]),
  ];
  return `${sentences.map((sentence) => `# ${sentence}\n`).join('')}${NOT_IN_FILE}`;
}

/** A name from the file, so that it cannot end the comment. */
function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '\ufffd');
}
