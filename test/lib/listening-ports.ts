import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** State of a listening socket in /proc/net/tcp. */
const LISTEN = '0A';

/** The TCP ports on which a process of this machine listens, as Linux has them. */
export function listeningPorts(pid: number): number[] {
  const fds = `/proc/${pid}/fd`;
  const inodes = new Set(
    readdirSync(fds).flatMap((fd) => {
      const found = /^socket:\[(\d+)\]$/.exec(linkOf(`${fds}/${fd}`));
      return found?.[1] === undefined ? [] : [found[1]];
    }),
  );
  const lines = ['tcp', 'tcp6'].flatMap((family) =>
    readFileSync(`/proc/${pid}/net/${family}`, 'utf8').trim().split('\n').slice(1),
  );
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
    const port = Number.parseInt(local.split(':')[1] ?? '', 16);
    return state === LISTEN && inodes.has(inode) ? [port] : [];
  });
}

/** A descriptor may close while the folder is read. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}
