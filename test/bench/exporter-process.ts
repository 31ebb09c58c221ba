import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cp, mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dump } from 'js-yaml';
import type { ExporterConfig } from '../../src/exporter/contract/exporter-config.ts';
import type { StatusReport } from '../../src/exporter/contract/status-report.ts';
import type { ClickHouseHandle } from '../harness/clickhouse/start-clickhouse.ts';
import { freePorts } from '../harness/process/free-ports.ts';
import type { Run } from '../harness/process/run.ts';
import { statusOf } from '../integration/exporter/exporter-under-test.ts';
import { cpuMicrosOf } from './measure.ts';

/** An exporter as it runs in a pod: the built command, with the flags of the image. */
export interface ExporterProcess {
  status(): Promise<StatusReport>;
  /** CPU time that it has used. */
  cpuMicros(): number;
  /** Resident memory now. */
  residentBytes(): number;
  /** Most resident memory so far. */
  peakResidentBytes(): number;
  stop(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('../../', import.meta.url));
const COMPILER = path.join(PROJECT, 'node_modules/typescript/bin/tsc');
/** The flags of the Dockerfile's entry point. */
export const NODE_FLAGS = ['--max-semi-space-size=8', '--enable-source-maps', '--disable-sigusr1'];

/** Builds the command into a folder of a run; answers its path. */
export async function buildCommand(run: Run): Promise<string> {
  const folder = path.join(run.folder, 'app');
  const dist = path.join(folder, 'dist');
  await mkdir(folder, { recursive: true });
  const args = [COMPILER, '-p', path.join(PROJECT, 'tsconfig.build.json'), '--outDir', dist];
  await promisify(execFile)(process.execPath, args);
  await cp(path.join(PROJECT, 'package.json'), path.join(folder, 'package.json'));
  await symlink(path.join(PROJECT, 'node_modules'), path.join(folder, 'node_modules'));
  return path.join(dist, 'cli/main.js');
}

/** Starts an exporter that reads an engine with its user and password. */
export async function startExporterProcess(
  run: Run,
  command: string,
  exporter: {
    readonly name: string;
    readonly config: ExporterConfig;
    readonly clickHouse: Pick<ClickHouseHandle, 'username' | 'password'>;
  },
): Promise<ExporterProcess> {
  const { name, config, clickHouse } = exporter;
  const folder = path.join(run.folder, name);
  const credentials = path.join(folder, 'credentials');
  await mkdir(credentials, { recursive: true });
  await writeFile(path.join(credentials, 'clickhouse-username'), clickHouse.username);
  await writeFile(path.join(credentials, 'clickhouse-password'), clickHouse.password);
  const configPath = path.join(folder, 'config.yaml');
  await writeFile(configPath, dump(config));
  const [port = 0] = await freePorts(1);
  const options = ['--config', configPath, '--credentials', credentials, '--port', String(port)];
  const managed = await run.start({
    name,
    command: process.execPath,
    args: [...NODE_FLAGS, command, 'exporter', ...options],
  });
  return {
    status: () => statusOf(port),
    cpuMicros: () => cpuMicrosOf(managed.pid),
    residentBytes: () => memoryOf(managed.pid, 'VmRSS'),
    peakResidentBytes: () => memoryOf(managed.pid, 'VmHWM'),
    stop: () => managed.stop(),
  };
}

/** Resident memory of a process in bytes: now, or the most so far (proc(5)). */
export function memoryOf(processId: number, field: 'VmRSS' | 'VmHWM'): number {
  const text = readFileSync(`/proc/${processId}/status`, 'utf8');
  return Number(new RegExp(`${field}:\\s+(\\d+) kB`, 'v').exec(text)?.[1]) * 1024;
}
