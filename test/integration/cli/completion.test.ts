import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { requireDebianPackages } from '../../harness/commands/debian-packages.ts';
import { runCommand } from '../../harness/commands/run-command.ts';

const PROGRAM = join(import.meta.dirname, '../../../src/cli/main.ts');
const NAME = 'deepflow-kafka-exporter';
const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

let folder: string;

beforeAll(async () => {
  await requireDebianPackages(
    ['zsh', 'fish'].map((name) => ({ name, provides: name })),
    'install zsh and fish.',
  );
  folder = await mkdtemp(join(tmpdir(), 'completion-'));
  await mkdir(join(folder, 'manifests'));
  await writeFile(join(folder, 'manifests/flow-logs.yaml'), '');
  await symlink(PROGRAM, join(folder, NAME));
  for (const shell of SHELLS) {
    const script = await runCommand(process.execPath, [PROGRAM, 'completion', shell]);
    await writeFile(join(folder, `completion.${shell}`), script);
  }
});
afterAll(() => rm(folder, { recursive: true }));

/** What each shell runs to print what it would offer behind `$LINE`, one word on each line. */
const OFFERS: Readonly<Record<Shell, string>> = {
  bash: `
    source completion.bash
    read -ra COMP_WORDS <<< "$LINE"
    [[ $LINE == *' ' ]] && COMP_WORDS+=('')
    COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
    # Outside of a terminal there is no completion whose options could be set.
    compopt() { COMPREPLY=($(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")); }
    _deepflow_kafka_exporter
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  // A terminal of its own: zsh completes only at its prompt.
  zsh: `
    zmodload zsh/zpty
    zpty shell zsh -f -i
    zpty -w shell "autoload -Uz compinit && compinit -u -D && source completion.zsh && PROMPT=READY"
    zpty -r shell _ '*READY*READY*'
    zpty -w -n shell "$LINE"$'\\t'
    zpty -r shell output "*$LAST*"
    print -r -- "$output"`,
  fish: `
    source completion.fish
    complete --do-complete $LINE`,
};

/** @param last the word for which zsh, which has no end of its offers, is waited for. */
async function offers(shell: Shell, line: string, last: string): Promise<readonly string[]> {
  const flags =
    shell === 'bash' ? ['--norc', '--noprofile'] : shell === 'zsh' ? ['-f'] : ['--no-config'];
  const output = await runCommand(shell, [...flags, '-c', `cd "$FOLDER"; ${OFFERS[shell]}`], {
    env: { FOLDER: folder, LINE: line, LAST: last, TERM: 'dumb', HOME: folder },
  });
  return output.split(/\s+/);
}

describe.each(SHELLS)('%s completes', (shell) => {
  test.each([
    ['commands', `${NAME} va`, ['validate']],
    ['commands of commands', `${NAME} checkpoints `, ['reset', 'show']],
    ['options', `${NAME} preview --cli`, ['--clickhouse']],
    ['values that the help lists', `${NAME} validate --output s`, ['sarif']],
    [
      'values that the help does not list',
      `${NAME} preview --data-source event.file_e`,
      ['event.file_event'],
    ],
    ['files behind options', `${NAME} preview -f manifests/flow`, ['manifests/flow-logs.yaml']],
    ['files as arguments', `${NAME} render manifests/flow`, ['manifests/flow-logs.yaml']],
    ['shells', `${NAME} completion f`, ['fish']],
  ])('%s', async (_name, line, words) => {
    const found = await offers(shell, line, words.at(-1) ?? '');
    expect(found).toEqual(expect.arrayContaining(words));
  });
});
