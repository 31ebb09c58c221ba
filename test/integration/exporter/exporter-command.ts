import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { StatusReport } from '../../../src/exporter/contract/status-report.ts';
import { freePorts } from '../../harness/process/free-ports.ts';
import { type Place, statusOf, untilStatus } from './exporter-under-test.ts';
import type { OnEnd } from './parts.ts';

/** The command as a user starts it: a process of its own, as a pod has. */
export interface ExporterCommand {
  /** Port of its probes, status and metrics. */
  readonly port: number;
  /** The status once it is as wanted. @throws after two minutes with the last status. */
  until(isWanted: (status: StatusReport) => boolean): Promise<StatusReport>;
  /** Sends a signal; resolves with the exit code, null after SIGKILL, once the process has ended. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
  /** Resolves with the exit code once the process has ended. */
  readonly ended: Promise<number | null>;
  /** What it has written. */
  output(): string;
}

const COMMAND = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

/** Starts the exporter of a place, whose configuration is written; it is killed at the end. */
export async function startCommand(onEnd: OnEnd, place: Place): Promise<ExporterCommand> {
  const [port = 0] = await freePorts(1);
  let output = '';
  const child = spawn(process.execPath, [
    ...[COMMAND, 'exporter', '--config', place.configPath],
    ...['--credentials', place.credentialsDirectory],
    ...['--port', String(port), '--log-level', 'debug'],
  ]);
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  // After what it has written has been read.
  const ended = once(child, 'close').then(([code]: (number | null)[]) => code ?? null);
  const end: ExporterCommand['end'] = (signal) => {
    child.kill(signal);
    return ended;
  };
  onEnd(async () => {
    await end('SIGKILL');
  });
  return {
    port,
    until: (isWanted) => untilStatus(() => statusOf(port), isWanted),
    end,
    ended,
    output: () => output,
  };
}
