import { join } from 'node:path';
import type { CertificateAuthority, IssuedCertificate } from '../tls/certificate-authority.ts';
import type { PodNetwork } from './pod-network.ts';

export interface NodeSettings {
  readonly runId: string;
  readonly folder: string;
  /** The name of the control group under which the kubelet keeps its pods. */
  readonly cgroup: string;
  readonly pauseImage: string;
  readonly network: PodNetwork;
  readonly authority: CertificateAuthority;
}

/** containerd's configuration file, version 2 of its format, with everything it keeps in the run's folder. */
export function containerdConfiguration(
  settings: NodeSettings,
  paths: { readonly containerdSocket: string; readonly cniFolder: string },
): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"';
  const quoted = (text: string): string => JSON.stringify(text);
  return [
    'version = 2',
    `root = ${quoted(join(settings.folder, 'containerd', 'root'))}`,
    `state = ${quoted(join(settings.folder, 'containerd', 'state'))}`,
    '[grpc]',
    `  address = ${quoted(paths.containerdSocket)}`,
    `[${cri}]`,
    '  # Where the machine is itself a container, runc may not lower a score and dies of it.',
    '  restrict_oom_score_adj = true',
    '  # The pods’ network namespaces go with the folder.',
    '  netns_mounts_under_state_dir = true',
    `  sandbox_image = ${quoted(settings.pauseImage)}`,
    `  [${cri}.cni]`,
    '    bin_dir = "/usr/lib/cni"',
    `    conf_dir = ${quoted(paths.cniFolder)}`,
    `  [${cri}.containerd.runtimes.runc]`,
    '    runtime_type = "io.containerd.runc.v2"',
    '',
  ].join('\n');
}

/** The list of CNI plug-ins: a bridge for the pods, addresses from the run's subnet, host ports. */
export function cniConfiguration(settings: NodeSettings): string {
  return JSON.stringify({
    cniVersion: '0.4.0',
    name: `pods-${settings.runId}`,
    plugins: [
      {
        type: 'bridge',
        bridge: 'pods',
        isGateway: true,
        ipMasq: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          dataDir: join(settings.folder, 'cni-addresses'),
          ranges: [[{ subnet: settings.network.podSubnet }]],
          routes: [{ dst: '0.0.0.0/0' }],
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  });
}

/** The KubeletConfiguration; only holders of a certificate of the run's authority may call the kubelet. */
export function kubeletConfiguration(settings: NodeSettings, serving: IssuedCertificate): string {
  return JSON.stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: settings.authority.caPath },
    },
    authorization: { mode: 'AlwaysAllow' },
    tlsCertFile: serving.certificatePath,
    tlsPrivateKeyFile: serving.keyPath,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${settings.cgroup}`,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failSwapOn: false,
    // Kubelets of 1.35 and later want control groups of version 2 without it; those before 1.31 do not know it and go on.
    failCgroupV1: false,
    containerRuntimeEndpoint: `unix://${join(settings.folder, 'containerd.sock')}`,
    resolvConf: '/etc/resolv.conf',
    podLogsDir: join(settings.folder, 'pod-logs'),
    volumePluginDir: join(settings.folder, 'volume-plugins'),
    // A test machine's disk may be nearly full, and is not the node's to manage.
    evictionHard: { 'nodefs.available': '1%', 'imagefs.available': '1%' },
    localStorageCapacityIsolation: false,
  });
}
