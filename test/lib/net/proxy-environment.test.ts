import { expect, it } from 'vitest';
import { proxyEnvironment } from '../../../src/lib/net/proxy-environment.ts';

it.each([
  ['nothing', {}, {}],
  ['empty variables', { HTTPS_PROXY: '', http_proxy: '' }, {}],
  [
    'the three variables and no other',
    { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'https://p:2', NO_PROXY: 'a', ALL_PROXY: 'x' },
    { HTTPS_PROXY: 'http://p:1', HTTP_PROXY: 'https://p:2', NO_PROXY: 'a' },
  ],
  [
    'names in lower case before others, unless they are empty',
    { https_proxy: 'http://lower:1', HTTPS_PROXY: 'http://upper:1', no_proxy: '', NO_PROXY: 'a' },
    { HTTPS_PROXY: 'http://lower:1', NO_PROXY: 'a' },
  ],
  [
    'networks as ranges of addresses',
    { NO_PROXY: '.svc, 10.128.0.0/14,192.168.1.77/24,10.0.0.1/32,fd00::/8,1.2.3.4/33' },
    {
      NO_PROXY:
        '.svc,10.128.0.0-10.131.255.255,192.168.1.0-192.168.1.255,10.0.0.1-10.0.0.1,fd00::/8,1.2.3.4/33',
    },
  ],
])('an environment with %s', (_name, environment, expected) => {
  expect(proxyEnvironment(environment)).toEqual(expected);
});

it.each(['proxy:3128', 'socks5://u:secret@proxy:1080', 'http://', 'http:// x'])(
  'a proxy that is not an HTTP URL is refused without its value: %s',
  (value) => {
    expect(() => proxyEnvironment({ HTTPS_PROXY: value })).toThrow(
      /^the variable HTTPS_PROXY must be the URL of a proxy, http:\/\/HOST:PORT$/,
    );
  },
);
