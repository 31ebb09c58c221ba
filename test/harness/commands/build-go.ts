import { runCommand } from './run-command.ts';

/** Compiles a static program. */
export async function buildGo({
  tags = [],
  ...build
}: {
  readonly cwd: string;
  readonly output: string;
  readonly linkerFlags: readonly string[];
  readonly packagePath: string;
  /** Build tags. Absent: none. */
  readonly tags?: readonly string[];
}): Promise<void> {
  const flags = [
    // go.mod names no indirect requirement; Go finds them, and go.sum holds it to what they were.
    '-mod=mod',
    '-trimpath',
    '-buildvcs=false',
    '-ldflags',
    ['-s', '-w', ...build.linkerFlags].join(' '),
    '-tags',
    tags.join(','),
  ];
  await runCommand('go', ['build', ...flags, '-o', build.output, build.packagePath], {
    cwd: build.cwd,
    env: { CGO_ENABLED: '0' },
  });
}
