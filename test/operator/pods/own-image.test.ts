import { expect, it } from 'vitest';
import { kubeObject } from '../../../src/operator/kube/kube-object.ts';
import { readOwnImage } from '../../../src/operator/pods/own-image.ts';

const OWN = { namespace: 'n', name: 'p' };

it.each([
  ['of its own container, if others were injected', ['proxy', 'operator'], 'image-of-operator'],
  ['of the first container, if none has its name', ['main', 'proxy'], 'image-of-main'],
])('the image is the image %s', async (_name, names, expected) => {
  const containers = names.map((name) => ({ name, image: `image-of-${name}` }));
  const pod = kubeObject.parse({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec: { containers },
  });
  expect(await readOwnImage({ get: () => Promise.resolve(pod) }, OWN)).toBe(expected);
});

it('a pod that does not exist stops the operator, and the error names the pod', async () => {
  const get = (): Promise<undefined> => Promise.resolve(undefined);
  await expect(readOwnImage({ get }, OWN)).rejects.toThrow('own pod n/p does not exist');
});
