import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Engine } from './engine.ts';
import { createHttpInterface } from './http-interface.ts';
import { createLibraryEngine } from './library-engine.ts';
import { serverSettingsSchema, type ServerSettings } from './server-settings.ts';

// A program of its own: `node server.ts SETTINGS.json`. The engine is a library with one session a process.
const [settingsPath] = process.argv.slice(2);
if (settingsPath === undefined) throw new Error('The server must be given its settings file.');
const settings = serverSettingsSchema.parse(JSON.parse(readFileSync(settingsPath, 'utf8')));
const engine = await createEngine(settings);
const handle = createHttpInterface(engine, settings);

for (const address of settings.addresses) {
  const server = createServer((request, response) => void handle(request, response));
  // A request may wait for others: the engine runs one statement after another.
  server.requestTimeout = 0;
  // On a busy machine a client may use an idle connection at the moment in which it is closed.
  server.keepAliveTimeout = 0;
  server.listen(settings.port, address);
}

process.once('SIGTERM', () => {
  engine.close();
  process.exit(0);
});

/** npm's engine is loaded only where it is used: it is half a gigabyte. */
async function createEngine(settings: ServerSettings): Promise<Engine> {
  const { dataFolder, workFolder, libraryFolder } = settings;
  if (libraryFolder !== undefined) {
    return createLibraryEngine({ library: libraryFolder, data: dataFolder, work: workFolder });
  }
  const { createNodeEngine } = await import('./node-engine.ts');
  return createNodeEngine(dataFolder);
}
