import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { extname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of the page. */
interface PageFile {
  readonly type: string;
  readonly content: string;
}

/** The files of the page by their paths, and what the page may load. */
export interface PageFiles {
  readonly files: ReadonlyMap<string, PageFile>;
  /** Value of the header Content-Security-Policy. */
  readonly contentSecurityPolicy: string;
}

/** What the browser loads: the page, and what it knows of its server. */
const FOLDERS = ['page', 'contract'];
/** Path of the library. */
const PREACT = '/preact.js';
const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.js': 'text/javascript',
  '.ts': 'text/javascript',
};

/**
 * Reads the files of the page once. Compiled ones are served as they are. From source, the types are taken out of them, as Node does
 * with the program itself: a bundler is not needed, because the page has few files and one library.
 */
export function readPageFiles(): PageFiles {
  const extension = extname(import.meta.filename);
  const names = FOLDERS.flatMap((folder) => {
    const inside = readdirSync(new URL(folder, import.meta.url), {
      recursive: true,
      encoding: 'utf8',
    });
    return inside.map((name) => `${folder}/${name.replaceAll(sep, '/')}`);
  }).filter((name) => [extension, '.css'].includes(extname(name)));
  const own = names.map((name): [string, PageFile] => {
    const text = readFileSync(new URL(name, import.meta.url), 'utf8');
    const content = extension === '.ts' && name.endsWith('.ts') ? stripTypeScriptTypes(text) : text;
    return [`/${name}`, { type: TYPES[extname(name)] ?? '', content }];
  });
  // All at once: otherwise the browser learns of a file only from the one that imports it.
  const modules = own.flatMap(([path, { content }]) => (content.includes('export ') ? [path] : []));
  const preact = readFileSync(fileURLToPath(import.meta.resolve('preact')), 'utf8');
  const imports = JSON.stringify({ imports: { preact: PREACT } });
  const hash = createHash('sha256').update(imports).digest('base64');
  return {
    files: new Map([
      ...own,
      [PREACT, { type: 'text/javascript', content: preact }],
      ['/', { type: 'text/html', content: document(imports, extension, modules) }],
    ]),
    contentSecurityPolicy: [
      "default-src 'none'",
      `script-src 'self' 'sha256-${hash}'`,
      "style-src 'self'",
      "connect-src 'self'",
      "img-src 'self' data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  };
}

function document(imports: string, extension: string, modules: readonly string[]): string {
  const preloads = [PREACT, ...modules].map((path) => `<link rel="modulepreload" href="${path}">`);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>KafkaExporters</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/page/style.css">
<script type="importmap">${imports}</script>
${preloads.join('\n')}
<script type="module" src="/page/main${extension}"></script>
</head>
<body><noscript>This page needs JavaScript.</noscript></body>
</html>
`;
}
