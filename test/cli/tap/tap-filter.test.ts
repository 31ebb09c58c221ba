import { describe, expect, it } from 'vitest';
import { tapFilter } from '../../../src/cli/tap/tap-filter.ts';

describe('--filter', () => {
  it.each([
    ['l7_protocol=HTTP', 'l7_protocol', '=', 'HTTP'],
    ['l7_protocol != HTTP', 'l7_protocol', '!=', ' HTTP'],
    ['pod_0:web-*', 'pod_0', ':', 'web-*'],
    ['pod_0!:web-*', 'pod_0', '!:', 'web-*'],
    ['request_resource~^/a=b', 'request_resource', '~', '^/a=b'],
    ['request_resource!~x', 'request_resource', '!~', 'x'],
    ['request_domain=', 'request_domain', '=', ''],
    ['attribute.app=shop', 'attribute.app', '=', 'shop'],
  ])('%s is a condition on one field', (text, fieldName, operator, value) => {
    expect(tapFilter.parse(text)).toEqual({ fieldName, operator, fieldValues: [value] });
  });

  it.each([
    [
      'HTTP',
      'must be FIELD=VALUE, FIELD:WILDCARDS or FIELD~REGEX, negated with ! before the sign, but is "HTTP"',
    ],
    ['=HTTP', 'must be FIELD=VALUE'],
    ['l7 protocol=HTTP', 'must be FIELD=VALUE'],
    ['a~(', 'the pattern of a '],
    ['a~(?=b)', 'the pattern of a '],
  ])('%s is refused with what it must be', (text, says) => {
    const [issue] = tapFilter.safeParse(text).error?.issues ?? [];
    expect(issue?.message).toContain(says);
  });
});
