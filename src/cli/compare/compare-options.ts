import { getHeapStatistics } from 'node:v8';
import { Command, Option } from 'commander';
import { z } from 'zod';
import { rfc3339, wholeNumber } from '../options/common-options.ts';
import { REPORT_FORMS } from './report.ts';

const MEBIBYTE = 1_048_576;
const MEMORY_MIB = 512;
const MEMORY_MIB_MAX = 65_536;
/** The rest of the heap is for the messages that are read. */
const HEAP_SHARE_MAX = 0.75;
const EXAMPLES = 3;
const EXAMPLES_MAX = 100;
const MARGIN_SECONDS = 60;
const MARGIN_SECONDS_MAX = 86_400;
/** What identifies a row of DeepFlow that has `_id`. */
const KEY = '_id,time,end_time';
const TOPIC = /^[a-zA-Z0-9._-]{1,249}$/;

const topic = z.string().regex(TOPIC, 'must be the name of a Kafka topic');
const list = z.string().transform((text) => text.split(',').map((each) => each.trim()));
const names = list.refine(
  (all) => all.every((each) => each !== ''),
  'must be names, comma-separated',
);

/** The options of `compare`, parsed. Times are milliseconds since the Unix epoch. */
export const compareOptionsSchema = z
  .object({
    left: topic,
    right: topic,
    brokers: names.optional(),
    config: z.string().optional(),
    leftConfig: z.string().optional(),
    rightConfig: z.string().optional(),
    from: rfc3339.optional(),
    to: rfc3339.optional(),
    margin: wholeNumber(MARGIN_SECONDS_MAX, 0).transform((seconds) => seconds * 1_000),
    key: names,
    ignore: names.default([]),
    examples: wholeNumber(EXAMPLES_MAX, 0),
    memory: wholeNumber(MEMORY_MIB_MAX),
    output: z.enum(REPORT_FORMS),
  })
  .refine(({ from, to }) => from === undefined || to === undefined || from < to, {
    path: ['to'],
    error: 'must be later than --from',
  })
  .refine(({ memory }) => memory <= heapMebibytes(), {
    path: ['memory'],
    error: () =>
      `must be at most ${heapMebibytes()} here: Node allows more with the variable NODE_OPTIONS=--max-old-space-size=MIB`,
  });

/** See {@link compareOptionsSchema}. */
export type CompareOptions = z.infer<typeof compareOptionsSchema>;

function heapMebibytes(): number {
  return Math.floor((getHeapStatistics().heap_size_limit * HEAP_SHARE_MAX) / MEBIBYTE);
}

/** Examples of `compare`, for its help. */
const EXAMPLES_TEXT = `
Exit code: 0 both topics have the same records, 1 they differ, 2 wrong usage, or
a topic cannot be read.

Examples:
  # an hour of a shadow run, as a report for a ticket
  deepflow-kafka-exporter compare --left deepflow.l7_flow_log \\
    --right flow-logs.l7_flow_log --config client.properties \\
    --from 2026-01-31T00:00:00Z --to 2026-01-31T01:00:00Z -o markdown
  # two clusters, without a field that is known to differ
  deepflow-kafka-exporter compare --left calls --left-config old.properties \\
    --right calls --right-config new.properties --ignore capture_nic_type
`;

/** Adds the options of `compare` to a command. */
export function addCompareOptions(command: Command): Command {
  return command
    .requiredOption('--left <topic>', 'topic of the exporter to replace')
    .requiredOption('--right <topic>', 'topic of the exporter that replaces it')
    .option('--brokers <list>', 'host:port, comma-separated (default: from the files)')
    .option('--config <file>', 'login: client properties, as librdkafka or Java have them')
    .option('--left-config <file>', 'the same for the left topic alone')
    .option('--right-config <file>', 'the same for the right topic alone')
    .option('--from <time>', 'compare messages with this RFC 3339 timestamp or later')
    .option('--to <time>', 'compare messages with an earlier timestamp')
    .option(
      '--margin <seconds>',
      'also look for partners this long before and after',
      String(MARGIN_SECONDS),
    )
    .option('--key <fields>', 'fields that identify a record; the first must be in it', KEY)
    .option('--ignore <fields>', 'fields not to compare, comma-separated')
    .option('--examples <number>', 'examples of each difference', String(EXAMPLES))
    .option('--memory <MiB>', 'most memory for records that wait', String(MEMORY_MIB))
    .addOption(
      new Option('-o, --output <form>', 'form of the report').choices(REPORT_FORMS).default('text'),
    )
    .addHelpText('after', EXAMPLES_TEXT);
}
