import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const locked = z.object({
  integrity: z.string().optional(),
  license: z.string().optional(),
  dev: z.boolean().optional(),
  devOptional: z.boolean().optional(),
});
const lockFile = z.object({ packages: z.record(z.string(), locked) });

/**
 * ClickHouse's engine for platforms on which no test of ours runs: half a gigabyte each. npm installs them there by their
 * version alone.
 */
const OTHER_ENGINES = ['darwin-arm64', 'darwin-x64', 'linux-arm64-gnu'].map(
  (platform) => `node_modules/@chdb/lib-${platform}`,
);

/** Licences under which a program may be passed on without its source. */
const LICENCES = [
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'PSF-2.0',
  'Unlicense',
];

const { packages } = lockFile.parse(JSON.parse(readFileSync('package-lock.json', 'utf8')));
const dependencies = Object.entries(packages).filter(([path]) => path !== '');

it('every dependency is held to its content by a SHA-512 digest', () => {
  const free = dependencies
    .filter(([, { integrity }]) => integrity?.startsWith('sha512-') !== true)
    .map(([path]) => path);
  expect(free).toEqual(OTHER_ENGINES);
});

it('every dependency of the image has a licence that allows to pass the image on', () => {
  const others = dependencies
    .filter(([, { dev, devOptional }]) => dev !== true && devOptional !== true)
    .filter(([, { license }]) => license === undefined || !LICENCES.includes(license))
    .map(([path, { license }]) => `${path}: ${license ?? 'no licence'}`);
  expect(others).toEqual([]);
});

it.each(['@node-rs/crc32', '@napi-rs/snappy'])(
  'the native parts of %s are locked for both architectures of the image',
  (name) => {
    for (const architecture of ['x64', 'arm64']) {
      expect(packages).toHaveProperty([`node_modules/${name}-linux-${architecture}-gnu`]);
    }
  },
);
