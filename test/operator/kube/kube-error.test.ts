import { expect, it } from 'vitest';
import { classifyKubeError } from '../../../src/operator/kube/kube-error.ts';

it.each([
  [undefined, '', 'transient'],
  [400, 'BadRequest', 'rejected'],
  [401, 'Unauthorized', 'unauthorized'],
  [403, 'Forbidden', 'forbidden'],
  [404, 'NotFound', 'missing'],
  [409, 'Conflict', 'conflict'],
  [410, 'Gone', 'expired'],
  [504, 'Expired', 'expired'],
  [422, 'Invalid', 'rejected'],
  [429, 'TooManyRequests', 'transient'],
  [500, 'InternalError', 'transient'],
  [503, '', 'transient'],
  [504, 'Timeout', 'transient'],
])('HTTP %s with reason "%s" is %s', (status, reason, expected) => {
  expect(classifyKubeError({ status, reason, message: '' })).toBe(expected);
});

it('a resource version that the API server has not reached has expired: an etcd was restored from a backup', () => {
  const message = 'Timeout: Too large resource version: 9000, current: 20';
  expect(classifyKubeError({ status: 504, reason: 'Timeout', message })).toBe('expired');
});

it('a field that Kubernetes does not have is refused, though server-side apply answers 500', () => {
  const message =
    'failed to create typed patch object (n/l7-exporter; apps/v1, Kind=Deployment): .spec.template.spec.affinity.nodeAffinity.required: field not declared in schema';
  expect(classifyKubeError({ status: 500, reason: 'InternalError', message })).toBe('rejected');
});
