import { cleanRun } from './clean-run.ts';

// A program of its own: `node reaper.ts FOLDER`. Its standard input is a pipe from the process that owns the run.
// The pipe closes when that process ends in whatever way, SIGKILL included, and then the run is cleaned up.
const folder = process.argv[2];
if (folder === undefined) throw new Error('The reaper must be given the folder of a run.');

// Ctrl-C and the end of a terminal reach it too, when the owner may still be stopping its parts in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

process.stdin.resume();
process.stdin.once('close', () => void cleanRun(folder));
