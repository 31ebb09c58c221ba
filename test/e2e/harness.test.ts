import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startClickHouse } from '../harness/clickhouse/start-clickhouse.ts';
import type { ClickHouseHandle } from '../harness/clickhouse/start-clickhouse.ts';
import { buildImage } from '../harness/image/build-image.ts';
import type { BuiltImage } from '../harness/image/build-image.ts';
import { KUBERNETES_VERSIONS } from '../harness/kubernetes/kubernetes-versions.ts';
import { startKubernetes } from '../harness/kubernetes/start-kubernetes.ts';
import type { KubernetesHandle } from '../harness/kubernetes/start-kubernetes.ts';

describe('the harness’s node of the newest Kubernetes', () => {
  let image: BuiltImage;
  let kubernetes: KubernetesHandle;
  let clickHouse: ClickHouseHandle;

  beforeAll(async () => {
    image = await buildImage();
    kubernetes = await startKubernetes({ nodes: true, version: KUBERNETES_VERSIONS.at(-1) });
    clickHouse = await startClickHouse({ podAddress: kubernetes.nodeAddress ?? '' });
    await kubernetes.loadImage(image.archivePath);
  });
  afterAll(async () => {
    await clickHouse.stop();
    await kubernetes.stop();
  });

  it('runs the project’s image without rights, and its pod reaches this machine and the API server', async () => {
    await kubernetes.kubectl(['create', '-f', '-'], JSON.stringify(pod()));
    const ended = [
      'wait',
      'pod/probe',
      '--for=jsonpath={.status.phase}=Succeeded',
      '--timeout=120s',
    ];
    await kubernetes.kubectl(ended);
    expect(await kubernetes.kubectl(['logs', 'probe'])).toBe(
      'uid 65532\nping 200\napiserver 200\n',
    );
  });

  function pod(): object {
    return {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'probe' },
      spec: {
        restartPolicy: 'Never',
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
        containers: [
          {
            name: 'probe',
            image: image.name,
            imagePullPolicy: 'IfNotPresent',
            command: ['node', '--input-type=module', '--eval', probe],
            env: [
              { name: 'PING_URL', value: `${clickHouse.podUrl ?? ''}/ping` },
              {
                name: 'NODE_EXTRA_CA_CERTS',
                value: '/var/run/secrets/kubernetes.io/serviceaccount/ca.crt',
              },
            ],
            securityContext: {
              readOnlyRootFilesystem: true,
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
            },
          },
        ],
      },
    };
  }
});

const probe = `
  import { readFileSync } from 'node:fs';
  const env = process.env;
  console.log('uid', process.getuid());
  console.log('ping', (await fetch(env.PING_URL)).status);
  const token = readFileSync('/var/run/secrets/kubernetes.io/serviceaccount/token', 'utf8');
  const url = 'https://' + env.KUBERNETES_SERVICE_HOST + ':' + env.KUBERNETES_SERVICE_PORT + '/version';
  console.log('apiserver', (await fetch(url, { headers: { authorization: 'Bearer ' + token } })).status);
`;
