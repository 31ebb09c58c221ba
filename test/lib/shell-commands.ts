/** The commands in the shell blocks of a page, also of blocks in a list, without comments. */
export function shellCommands(page: string): readonly string[] {
  return [...page.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].flatMap(([, block = '']) =>
    block
      .split('\n')
      .map((line) => line.replace(/ +#.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .flatMap((line) => line.split(' && ')),
  );
}
