import { describe, expect, it } from 'vitest';
import { configMapName, instanceName, workloadName } from '../../../src/operator/desired/names.ts';

describe('names', () => {
  it.each([
    ['a short name stays', 'l7-to-kafka', /^l7-to-kafka$/],
    ['43 characters stay', 'a'.repeat(43), /^a{43}$/],
    ['44 characters are cut and hashed', 'a'.repeat(44), /^a{34}-[0-9a-f]{8}$/],
    ['a dot is replaced', 'a.b', /^a-b-[0-9a-f]{8}$/],
    ['a leading digit gets a letter before it', '7to', /^x7to-[0-9a-f]{8}$/],
  ])('%s', (_name, resource, expected) => {
    expect(instanceName(resource)).toMatch(expected);
    expect(instanceName(resource)).toBe(instanceName(resource));
  });

  it('are DNS labels for the longest resource name', () => {
    const longest = `${'a'.repeat(200)}.${'b'.repeat(52)}`;
    expect(configMapName(longest, '0123456789').length).toBeLessThanOrEqual(63);
    expect(workloadName(longest)).toMatch(/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/);
  });

  it('differ for resources with similar names', () => {
    expect(instanceName('a.b')).not.toBe(instanceName('a-b'));
    expect(instanceName(`${'a'.repeat(50)}1`)).not.toBe(instanceName(`${'a'.repeat(50)}2`));
  });
});
