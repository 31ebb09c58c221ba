import { basename, dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { Command, Option } from 'commander';
import { RECORD_FORMATS } from '../../exporter/contract/exporter-config.ts';
import { manifestText as fileText } from '../manifests/manifest-files.ts';
import { installationOption } from '../options/operator-options.ts';
import { parseOptions } from '../options/parse-options.ts';
import {
  checkFixedFields,
  checkSecretOptions,
  CLICKHOUSE_URL,
  type ConvertCommandOptions,
  convertOptions,
} from './convert-options.ts';
import { type Conversion, convertServerYaml, isComplete } from './convert-server-yaml.ts';
import { companionText, manifestText } from './write/manifest-text.ts';
import { markdownReport, textReport } from './write/report-text.ts';
import { externalSecret, secretManifest } from './write/secret-manifests.ts';
import { kafkaCommands, secretCommand } from './write/shell-commands.ts';
import { writeFiles } from './write/write-files.ts';

/** What the command needs from the process. */
export interface ConvertProcess {
  readonly stdin: Readable;
  /** Gets the manifests, unless they go to a directory. `isTTY`: somebody would see a password. */
  readonly stdout: Writable & { readonly isTTY?: boolean };
  /** Gets what becomes of the options. */
  readonly stderr: Writable;
  /** Sets the exit code of the process. */
  readonly setExitCode: (code: number) => void;
}

const EXAMPLES = `
Examples:
  # KafkaExporters on standard output; in the report what becomes of each
  # option, and the commands for Kafka's topics and rights
  deepflow-kafka-exporter convert server.yaml --namespace observability \\
    --report report.md > kafkaexporters.yaml
  # all files in a directory; other topics, to run beside DeepFlow's exporter
  deepflow-kafka-exporter convert server.yaml --namespace observability \\
    --name shadow --topic 'shadow.{dataSource}' --output-directory shadow
  # the values of DeepFlow's chart, from the cluster
  helm get values deepflow --namespace deepflow --output yaml \\
    | deepflow-kafka-exporter convert -

Passwords stay in server.yaml unless you use --with-passwords. The report has
the command that makes each Secret.

Exit codes: 0: everything is converted; 1: something is not, and the report
names it; 2: wrong usage, or a file that cannot be read or written.
`;

/** `convert`: makes KafkaExporters of the Kafka exporters in DeepFlow's server.yaml. It needs no cluster. */
export function convertCommand(io: ConvertProcess): Command {
  return new Command('convert')
    .description("make KafkaExporters of the exporters in DeepFlow's server.yaml")
    .argument('<file>', 'server.yaml, or values of its Helm chart; - for standard input')
    .option('-n, --namespace <name>', 'namespace of the KafkaExporters', 'deepflow-export')
    .option('--name <name>', 'name, or the beginning of names (default: from the data sources)')
    .option('--clickhouse <url>', `ClickHouse's HTTP interface (default: ${CLICKHOUSE_URL})`)
    .option('--clickhouse-secret <name>', 'Secret with its username and password')
    .option('--topic <topic>', 'topic instead of that in server.yaml')
    .option('--start-from <time>', 'Now, Earliest or an RFC 3339 time (default: Now)')
    .addOption(
      new Option('--record-format <format>', 'Compatible: records as before')
        .choices(RECORD_FORMATS)
        .default('Compatible'),
    )
    .addOption(installationOption())
    .option('--external-secret <store>', 'write ExternalSecrets of a [Cluster]SecretStore')
    .option('--with-passwords', 'write Secrets with the passwords')
    .option('-d, --output-directory <dir>', 'write all files there')
    .option('--report <file>', 'write the report there, as Markdown')
    .addHelpText('after', EXAMPLES)
    .action(async (file: string, raw: unknown) => {
      const options = parseOptions(convertOptions, raw);
      checkFixedFields(options);
      checkSecretOptions(options, io.stdout.isTTY === true);
      const conversion = convertServerYaml(
        file === '-' ? 'standard input' : file,
        await fileText(file, io.stdin),
        {
          namespace: options.namespace,
          clickHouseUrl: options.clickhouse,
          clickHouseSecret: options.clickhouseSecret,
          name: options.name,
          topic: options.topic,
          startFrom: options.startFrom,
          recordFormat: options.recordFormat,
        },
      );
      await writeResult(io, conversion, options);
      if (!isComplete(conversion)) io.setExitCode(1);
    });
}

async function writeResult(
  io: ConvertProcess,
  conversion: Conversion,
  options: ConvertCommandOptions,
): Promise<void> {
  const { externalSecret: store, namespace, outputDirectory, report, withPasswords } = options;
  const commands = kafkaCommands(conversion, options);
  const markdown = markdownReport(conversion, {
    namespace,
    kafkaCommands: commands,
    secretCommands:
      withPasswords || store !== undefined
        ? []
        : conversion.exporters.flatMap(({ resource }) =>
            resource === undefined ? [] : (secretCommand(resource, namespace) ?? []),
          ),
  });
  const secrets = companionText(conversion, (resource) =>
    withPasswords ? secretManifest(resource, namespace) : undefined,
  );
  const manifests = manifestText(conversion, (resource) =>
    store === undefined ? undefined : externalSecret(resource, namespace, store),
  );
  if (outputDirectory === undefined) io.stdout.write(`${secrets}${manifests}`);
  else {
    await writeFiles(outputDirectory, [
      { name: 'kafkaexporters.yaml', text: manifests },
      { name: 'kafka.sh', text: commands },
      { name: 'report.md', text: markdown },
      ...(secrets === '' ? [] : [{ name: 'secrets.yaml', text: secrets, isSecret: true }]),
    ]);
  }
  if (report !== undefined) {
    await writeFiles(dirname(report), [{ name: basename(report), text: markdown }]);
  }
  const isWritten = report !== undefined || outputDirectory !== undefined;
  io.stderr.write(
    textReport(conversion, ({ outcome }) => !isWritten || outcome === 'not converted'),
  );
}
