import { statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { withFileLock } from '../cache/file-lock.ts';
import { pathExists } from '../path-exists.ts';
import { runsFolder } from '../settings.ts';
import { cleanRun } from './clean-run.ts';
import { readLeftovers } from './leftovers.ts';
import { isAlive } from './process-identity.ts';

/** A folder this young may belong to a run that has not yet noted its owner. */
const unownedMs = 60_000;

/** Cleans up the runs whose owners have died, for the case that their reapers died with them. */
export async function sweepDeadRuns(): Promise<void> {
  if (!(await pathExists(runsFolder()))) return;
  await withFileLock('sweep', async () => {
    for (const name of await readdir(runsFolder())) {
      const folder = join(runsFolder(), name);
      if (isDead(folder)) await cleanRun(folder);
    }
  });
}

function isDead(folder: string): boolean {
  const owner = readLeftovers(folder).find((leftover) => leftover.kind === 'owner');
  if (owner !== undefined) return !isAlive(owner);
  // A run removes its own folder while others start.
  const found = statSync(folder, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > unownedMs;
}
