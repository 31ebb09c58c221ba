import type { Readable, Writable } from 'node:stream';
import { Command } from 'commander';
import { z } from 'zod';
import { manifestFiles, manifestText } from '../manifests/manifest-files.ts';
import { readManifests } from '../manifests/read-manifest.ts';
import {
  installation,
  installationOption,
  platformSecurityContextOption,
} from '../options/operator-options.ts';
import { parseOptions } from '../options/parse-options.ts';
import { renderManifests } from './render-manifests.ts';

/** What the command needs from the process. */
export interface RenderProcess {
  readonly stdin: Readable;
  /** Gets the manifests, and nothing else. */
  readonly stdout: Writable;
  /** Of this program. */
  readonly version: string;
}

const optionsSchema = z.object({
  exporterImage: z.string(),
  installation: installation.default(''),
  platformSecurityContext: z.boolean().default(false),
});

const EXAMPLES = `
Examples:
  # what a change of a manifest changes in the cluster
  git show main:flow-logs.yaml | deepflow-kafka-exporter render - > before.yaml
  deepflow-kafka-exporter render flow-logs.yaml | diff before.yaml -
  # exactly what the operator applies: the uid of the resource is known
  kubectl get kfx flow-logs --output yaml | deepflow-kafka-exporter render -
`;

/**
 * `render`: prints the objects that the operator of this version makes for KafkaExporters. It needs no cluster.
 */
export function renderCommand(io: RenderProcess): Command {
  return new Command('render')
    .description('print the objects that the operator makes for KafkaExporters')
    .argument('<files...>', 'files, directories, patterns, or - for standard input')
    .option(
      '--exporter-image <image>',
      'image of the exporters',
      `deepflow-kafka-exporter:${io.version}`,
    )
    .addOption(installationOption())
    .addOption(platformSecurityContextOption())
    .addHelpText('after', EXAMPLES)
    .action(async (patterns: readonly string[], raw: unknown) => {
      const options = parseOptions(optionsSchema, raw);
      io.stdout.write(`# Rendered by deepflow-kafka-exporter ${io.version}\n`);
      for (const file of await manifestFiles(patterns)) {
        for (const resource of readManifests(file, await manifestText(file, io.stdin))) {
          io.stdout.write(renderManifests(resource, options));
        }
      }
    });
}
