import { basename } from 'node:path';
import type { Conversion } from '../convert-server-yaml.ts';
import type { ConvertedExporter } from '../spec/convert-exporter.ts';
import { type OptionReport, OUTCOMES } from '../read/option-report.ts';

/** Texts that follow the tables of a report. */
export interface ReportExtras {
  readonly namespace: string;
  /** Commands that create Secrets, one for each. */
  readonly secretCommands: readonly string[];
  /** See `kafkaCommands`. */
  readonly kafkaCommands: string;
}

/** What is not as it was, whatever the options are. */
const ALWAYS = `\
- Records come about half a minute after their event: a second is read once its rows are stored.
- Each row is a record exactly once, for consumers with \`isolation.level=read_committed\`. Others may see records of aborted
  transactions.
- With \`recordFormat: Compatible\`, the values are those of deepflow-server 7.1, but always valid JSON. \`Documented\` follows
  DeepFlow's documentation instead.
- \`time_str\` is in \`spec.timeZone\`, which is UTC unless you set it. deepflow-server uses the time zone of its pod.
- Rows come from ClickHouse. \`source.clickHouse.url\` is not in server.yaml: it is that of \`--clickhouse\`.
- Batches are compressed with snappy, as before. zstd makes them smaller, if your consumers can read it.
`;

/** The report as Markdown: a table of all options of each exporter, what differs for all, and the commands. */
export function markdownReport(conversion: Conversion, extras: ReportExtras): string {
  const { exporters, file } = conversion;
  const sections = exporters.map((exporter) => section(exporter, extras.namespace));
  const secrets =
    extras.secretCommands.length === 0
      ? ''
      : `\n## Secrets\n\nWrite each password into its file without a line break, create the Secret, and delete the file. Or run \`convert\` again with \`--with-passwords\` and \`--output-directory\`, which writes the Secrets into \`secrets.yaml\` for you alone.\n\n\`\`\`sh\n${extras.secretCommands.join('\n')}\n\`\`\`\n`;
  return `# From ${cell(basename(file))} to KafkaExporters\n\n${summaryOf(conversion)}\n\n${sections.join('\n')}
## What differs for every exporter\n\n${ALWAYS}${secrets}
## Topics and rights\n\n\`\`\`sh\n${extras.kafkaCommands}\`\`\`\n`;
}

function section(
  { index, lines, protocol, resource }: ConvertedExporter,
  namespace: string,
): string {
  const title = `## ingester.exporters[${index}] (${cell(protocol)})`;
  const becomes =
    resource === undefined ? 'no KafkaExporter' : `KafkaExporter \`${namespace}/${resource.name}\``;
  const rows = lines.map(
    ({ becomes: field, note, option, outcome, place }) =>
      `| ${code(option)} | ${place?.line ?? 'absent'} | ${outcome} | ${code(field)} | ${cell(note)} |\n`,
  );
  return `${title}: ${becomes}\n\n| option | line | result | becomes | what differs, or what to do |\n|---|---|---|---|---|\n${rows.join('')}`;
}

/** The report for people and for editors that read `file:line:column: message`. */
export function textReport(
  conversion: Conversion,
  isWanted: (line: OptionReport) => boolean,
): string {
  const { exporters, file } = conversion;
  const lines = exporters.flatMap(({ lines: all, place: around }) =>
    all.filter(isWanted).map(({ becomes, note, option, outcome, place }) => {
      const { column, line } = place ?? around;
      const absent = place === undefined ? ' (absent)' : '';
      const end = note === '' ? '' : `; ${note}`;
      return `${file}:${line}:${column}: ${plain(`${option}${absent}: ${outcome}: ${becomes}${end}`)}\n`;
    }),
  );
  return `${lines.join('')}${file}: ${summaryOf(conversion)}\n`;
}

function summaryOf({ exporters }: Conversion): string {
  const lines = exporters.flatMap((exporter) => exporter.lines);
  const counts = OUTCOMES.map(
    (outcome) => `${lines.filter((line) => line.outcome === outcome).length} ${outcome}`,
  );
  const made = exporters.filter(({ resource }) => resource !== undefined).length;
  return `${counted(exporters.length, 'exporter')}, ${counted(made, 'KafkaExporter')}; options: ${counts.join(', ')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** More of a value that somebody wrote helps nobody. */
const CHARACTERS_MAX = 400;

/** Without what could move the cursor of a terminal, and not endless. */
function plain(text: string): string {
  const short = text.length > CHARACTERS_MAX ? `${text.slice(0, CHARACTERS_MAX)}…` : text;
  return short.replaceAll(/[\p{Cc}\u2028\u2029]/gu, '\ufffd');
}

function cell(text: string): string {
  return plain(text).replaceAll(/[\\`*_<>|[\]]/g, (character) => `\\${character}`);
}

/** A text as code in a cell of a table. A run of backticks in it needs a longer one around it. */
function code(text: string): string {
  const safe = plain(text).replaceAll('|', '\\|');
  const longest = Math.max(0, ...[...safe.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `\`${safe}\`` : `${fence} ${safe} ${fence}`;
}
