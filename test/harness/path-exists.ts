import { access, constants } from 'node:fs/promises';

/** True when the path exists and, with `executable`, may be run by this user. */
export async function pathExists(path: string, executable = false): Promise<boolean> {
  try {
    await access(path, executable ? constants.X_OK : constants.F_OK);
    return true;
  } catch {
    return false;
  }
}
