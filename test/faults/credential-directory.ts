import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CREDENTIAL_FILES } from '../../src/exporter/contract/credential-files.ts';

/** Credentials by what they are; each becomes a file. */
export type CredentialContents = Partial<
  Record<Exclude<keyof typeof CREDENTIAL_FILES, 'revision'>, string>
>;

/** A directory of credential files that changes as a mounted Secret does. */
export interface CredentialDirectory {
  readonly path: string;
  /** Swaps all files for others at once, under the next revision. */
  replace(contents: CredentialContents): Promise<void>;
}

/**
 * Makes the directory as the kubelet does (Kubernetes, pkg/volume/util/atomic_writer.go): the files are links through
 * `..data`, a link to a directory of their own, which is swapped by one rename.
 */
export async function createCredentialDirectory(
  directory: string,
  contents: CredentialContents,
): Promise<CredentialDirectory> {
  const link = path.join(directory, '..data');
  let revision = 0;
  let current: string | undefined;
  const replace = async (next: CredentialContents): Promise<void> => {
    revision += 1;
    const target = await mkdtemp(path.join(directory, '..revision-'));
    const files = Object.entries({ ...next, revision: String(revision) });
    for (const [name, content] of files) await writeFile(path.join(target, fileOf(name)), content);
    const fresh = path.join(directory, '..data_tmp');
    await symlink(path.basename(target), fresh);
    await rename(fresh, link);
    if (current !== undefined) await rm(current, { recursive: true });
    current = target;
  };
  await mkdir(directory, { recursive: true });
  await replace(contents);
  for (const name of ['revision', ...Object.keys(contents)]) {
    await symlink(path.join('..data', fileOf(name)), path.join(directory, fileOf(name)));
  }
  return { path: directory, replace };
}

function fileOf(name: string): string {
  const file = Object.entries(CREDENTIAL_FILES).find(([key]) => key === name)?.[1];
  if (file === undefined) throw new Error(`There is no credential file ${name}.`);
  return file;
}
