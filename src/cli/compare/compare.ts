import { once } from 'node:events';
import { Command } from 'commander';
import type { ReadTopic } from '../../exporter/inspect/read-topic.ts';
import { systemClock } from '../../lib/clock.ts';
import { visibleText } from '../../lib/visible-text.ts';
import { parseOptions } from '../options/parse-options.ts';
import type { Screen } from '../status/show-status.ts';
import { UsageError } from '../process/usage-error.ts';
import { readClientProperties } from './client-properties.ts';
import { addCompareOptions, type CompareOptions, compareOptionsSchema } from './compare-options.ts';
import { type CompareRules, compareSides } from './compare-sides.ts';
import type { SideName } from './comparison.ts';
import { type ComparisonDocument, comparisonDocument } from './comparison-document.ts';
import { reportOf } from './report.ts';
import { createProgress } from './show-progress.ts';

/** What the command needs from the process. */
export interface CompareProcess {
  /** Gets the report. */
  readonly stdout: Screen;
  /** Gets the progress. */
  readonly stderr: Screen;
  /** Sets the exit code of a command that has done its work. */
  readonly setExitCode: (code: number) => void;
}

const DIFFERENT = 1;
const MEBIBYTE = 1_048_576;

/**
 * `compare`: says whether two topics have the same records, matched by content, and how they differ. It joins no consumer group,
 * stores no offset and writes nothing. The exit code is 0 when they have, 1 when not, and 2 when they cannot be compared.
 */
export function compareCommand(io: CompareProcess): Command {
  const command = new Command('compare').description(
    'compare the records of two topics, as of two exporters that run side by side',
  );
  return addCompareOptions(command).action(async (raw: unknown) => {
    try {
      await runCompare(parseOptions(compareOptionsSchema, raw), io);
    } catch (error) {
      // 1 is for topics that differ: whatever else happens ends with 2.
      const message = error instanceof Error ? error.message : String(error);
      throw new UsageError(visibleLines(message), { cause: error });
    }
  });
}

async function runCompare(options: CompareOptions, io: CompareProcess): Promise<void> {
  const topics = await openTopics(options);
  const progress = createProgress(systemClock, io.stderr);
  let document: ComparisonDocument;
  try {
    const { comparison, passes } = await compareSides(topics, rulesOf(options), progress.show);
    const { from, ignore, key, left, margin, right, to } = options;
    const head = { from, to, marginMs: margin, key, ignored: ignore, passes };
    document = comparisonDocument({ ...head, topics: { left, right } }, comparison);
  } finally {
    progress.end();
    await Promise.all([topics.left.close(), topics.right.close()]);
  }
  if (!io.stdout.write(reportOf(document, options.output)) && !io.stdout.destroyed) {
    await Promise.race([once(io.stdout, 'drain'), once(io.stdout, 'close')]);
  }
  if (!document.same) io.setExitCode(DIFFERENT);
}

async function openTopics(options: CompareOptions): Promise<Record<SideName, ReadTopic>> {
  const { brokers, config, from, leftConfig, margin, rightConfig } = options;
  const logins = {
    left: await readClientProperties(leftConfig ?? config, brokers),
    right: await readClientProperties(rightConfig ?? config, brokers),
  };
  const { openReadTopic } = await import('../../exporter/inspect/read-topic.ts');
  const fromMs = from === undefined ? undefined : Math.max(0, from - margin);
  const open = (side: SideName): Promise<ReadTopic> =>
    openReadTopic({ topic: options[side], ...logins[side], fromMs });
  const left = await open('left');
  try {
    return { left, right: await open('right') };
  } catch (error) {
    await left.close();
    throw error;
  }
}

function rulesOf(options: CompareOptions): CompareRules {
  const { examples, from, ignore, key, margin, memory, to } = options;
  return {
    key,
    ignored: new Set(ignore),
    from,
    to,
    marginMs: margin,
    examplesMax: examples,
    bytesMax: memory * MEBIBYTE,
  };
}

/** What brokers say, and names in files, must not control a terminal; line breaks between sentences are ours. */
function visibleLines(text: string): string {
  return text.split('\n').map(visibleText).join('\n');
}
