import { createServer } from 'node:http';

/** Shorter than the second after which Linux sends the first packet of a connection again. */
const BUSY_MS = 700;

const server = createServer((_request, response) => {
  response.end('{}');
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.send?.({ port: Object.assign({ port: 0 }, server.address()).port });
});
process.on('message', () => {
  process.send?.('busy', () => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, BUSY_MS);
  });
});
