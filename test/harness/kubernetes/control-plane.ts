import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { requireDebianPackages } from '../commands/debian-packages.ts';
import { runCommand } from '../commands/run-command.ts';
import { freePorts } from '../process/free-ports.ts';
import type { ManagedProcess } from '../process/managed-process.ts';
import type { Run } from '../process/run.ts';
import { createCertificateAuthority } from '../tls/certificate-authority.ts';
import type { CertificateAuthority } from '../tls/certificate-authority.ts';
import { auditArguments, type AuditLevel } from './audit-log.ts';
import { kubeconfig } from './kubeconfig.ts';
import { kubernetesProgram, kubernetesRemedy } from './kubernetes-programs.ts';
import type { KubernetesVersion } from './kubernetes-versions.ts';
import type { PodNetwork } from './pod-network.ts';

export interface ControlPlane {
  readonly version: KubernetesVersion;
  readonly kubeconfigPath: string;
  readonly authority: CertificateAuthority;
  /** The service account key of controller-manager and apiserver. */
  readonly serviceAccountKeyPath: string;
  /** Sends SIGKILL to the apiserver, and returns when it has ended. */
  readonly killApiServer: () => Promise<void>;
  /** Starts the apiserver again, with the same data and at the same port, and returns when it is ready. */
  readonly startApiServer: () => Promise<void>;
}

export interface ControlPlaneOptions {
  readonly version: KubernetesVersion;
  /** The apiserver listens on its host address, where pods reach it; without one on 127.0.0.1 alone. */
  readonly network: PodNetwork | undefined;
  readonly port: number | undefined;
  readonly audit: AuditLevel | undefined;
}

const startMs = 120_000;

/** Starts etcd and kube-apiserver, with RBAC on, and returns when the latter is ready. */
export async function startControlPlane(
  run: Run,
  options: ControlPlaneOptions,
): Promise<ControlPlane> {
  await requireDebianPackages([{ name: 'etcd-server', provides: 'etcd' }], kubernetesRemedy);
  const { version } = options;
  const program = await kubernetesProgram(version, 'kube-apiserver');
  const address = options.network?.hostAddress ?? '127.0.0.1';
  const [etcdPort = 0, peerPort = 0] = await freePorts(2);
  const [freePort = 0] = await freePorts(1, address);
  const port = options.port ?? freePort;
  const authority = await createCertificateAuthority(run.folder);
  const serviceAccountKeyPath = join(run.folder, 'service-account.key');
  await runCommand('openssl', ['genrsa', '-out', serviceAccountKeyPath, '2048']);
  const token = randomBytes(16).toString('hex');
  await writeFile(join(run.folder, 'tokens.csv'), `${token},admin,admin,system:masters\n`, {
    mode: 0o600,
  });
  const endpoint = await startEtcd(run, etcdPort, peerPort);
  const args = await apiserverArguments(run, authority, { address, port, endpoint, options });
  const kubeconfigPath = join(run.folder, 'kubeconfig');
  const server = `https://${address}:${port}`;
  await writeFile(kubeconfigPath, kubeconfig({ server, caPem: authority.caPem, token }), {
    mode: 0o600,
  });
  const kubectl = await kubernetesProgram(version, 'kubectl');
  let apiserver: ManagedProcess | undefined;
  const startApiServer = async (): Promise<void> => {
    apiserver = await run.start({ name: 'kube-apiserver', command: program, args });
    await apiserver.waitUntil(async () => {
      const readyz = ['--kubeconfig', kubeconfigPath, 'get', '--raw', '/readyz'];
      return (await runCommand(kubectl, readyz)) === 'ok';
    }, startMs);
  };
  await startApiServer();
  return {
    version,
    kubeconfigPath,
    authority,
    serviceAccountKeyPath,
    killApiServer: async () => {
      await apiserver?.kill();
    },
    startApiServer,
  };
}

/** Starts kube-controller-manager: garbage collection, the default service account, and pods where there is a node. */
export async function startControllerManager(run: Run, plane: ControlPlane): Promise<void> {
  await run.start({
    name: 'kube-controller-manager',
    command: await kubernetesProgram(plane.version, 'kube-controller-manager'),
    args: [
      `--kubeconfig=${plane.kubeconfigPath}`,
      `--service-account-private-key-file=${plane.serviceAccountKeyPath}`,
      `--root-ca-file=${plane.authority.caPath}`,
      '--use-service-account-credentials=true',
      '--controllers=*',
      '--leader-elect=false',
      '--secure-port=0',
      '--kube-api-qps=500',
      '--kube-api-burst=1000',
    ],
  });
}

async function startEtcd(run: Run, port: number, peerPort: number): Promise<string> {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  const etcd = await run.start({
    name: 'etcd',
    command: 'etcd',
    args: [
      ...['--data-dir', join(run.folder, 'etcd')],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`],
    ],
  });
  await etcd.waitUntil(async () => (await fetch(`${client}/health`)).ok, startMs);
  return client;
}

async function apiserverArguments(
  run: Run,
  authority: CertificateAuthority,
  at: { address: string; port: number; endpoint: string; options: ControlPlaneOptions },
): Promise<string[]> {
  const { audit, network } = at.options;
  const serving = await authority.issue({
    name: 'kube-apiserver',
    addresses:
      network === undefined ? ['127.0.0.1'] : [network.hostAddress, network.apiServiceAddress],
    hostNames: ['localhost', 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc'],
  });
  const certificates = join(run.folder, 'certificates');
  await mkdir(certificates);
  return [
    `--etcd-servers=${at.endpoint}`,
    `--bind-address=${at.address}`,
    `--secure-port=${at.port}`,
    `--cert-dir=${certificates}`,
    `--tls-cert-file=${serving.certificatePath}`,
    `--tls-private-key-file=${serving.keyPath}`,
    `--client-ca-file=${authority.caPath}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(run.folder, 'service-account.key')}`,
    `--service-account-signing-key-file=${join(run.folder, 'service-account.key')}`,
    `--token-auth-file=${join(run.folder, 'tokens.csv')}`,
    '--authorization-mode=Node,RBAC',
    ...(audit === undefined ? [] : await auditArguments(run, audit)),
    ...(network === undefined ? withoutNodes : await withNodes(authority, network)),
  ];
}

// Nothing runs in pods, so no endpoint of the kubernetes Service is needed, and a loopback one would be refused.
const withoutNodes = [
  '--endpoint-reconciler-type=none',
  '--advertise-address=192.0.2.1',
  '--service-cluster-ip-range=10.96.0.0/16',
];

async function withNodes(authority: CertificateAuthority, network: PodNetwork): Promise<string[]> {
  const client = await authority.issue({
    name: 'kubelet-client',
    addresses: [network.hostAddress],
    hostNames: [],
  });
  return [
    `--advertise-address=${network.hostAddress}`,
    `--service-cluster-ip-range=${network.serviceSubnet}`,
    '--allow-privileged=true',
    '--kubelet-preferred-address-types=InternalIP',
    `--kubelet-certificate-authority=${authority.caPath}`,
    `--kubelet-client-certificate=${client.certificatePath}`,
    `--kubelet-client-key=${client.keyPath}`,
  ];
}
