import { readSync } from 'node:fs';
import { createServer } from 'node:http';

const STDIN = 0;

const server = createServer((_request, response) => {
  response.end('{}');
});
server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
  process.send?.({ port: Object.assign({ port: 0 }, server.address()).port });
});
process.on('message', () => {
  process.send?.('busy', () => {
    // Nothing else happens here until a byte comes.
    readSync(STDIN, Buffer.alloc(1));
  });
});
