import { Socket } from 'node:net';

/** Whether something takes connections on a port of this machine. */
export async function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = new Socket();
    const answer = (ok: boolean) => (): void => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', answer(true));
    socket.once('error', answer(false));
    socket.connect(port, '127.0.0.1');
  });
}
