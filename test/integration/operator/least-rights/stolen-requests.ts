import {
  configMap,
  CONTAINER,
  deployment,
  LABELS,
  type Manifest,
  networkPolicy,
  OWN_REPOSITORY,
  OWNER,
  secret,
  service,
} from './objects-of-operator.ts';

/** A request that somebody with the token of the operator's ServiceAccount sends, and what it is refused with. */
export interface StolenRequest {
  /** Arguments of kubectl. */
  readonly args: readonly string[];
  readonly stdin?: Manifest;
  readonly refusal: RegExp;
}

const volume = (source: Manifest): Manifest => ({ volumes: [{ name: 'v', ...source }] });
const create = (stdin: Manifest, refusal = /^/): StolenRequest => ({
  args: ['create', '--filename', '-'],
  stdin,
  refusal,
});
const patch = (target: string, change: Manifest, refusal: RegExp): StolenRequest => ({
  args: ['patch', ...target.split(' '), '--type', 'strategic', '--patch', JSON.stringify(change)],
  refusal,
});
const remove = (target: string, refusal: RegExp): StolenRequest => ({
  args: ['delete', ...target.split(' ')],
  refusal,
});

const NOT_OURS = /only write objects with its labels and a KafkaExporter as their controller/;
const FOREIGN = /may not change an object that is not of a KafkaExporter/;
const KEPT = /may not delete an object that is not of a KafkaExporter/;
const IMAGE = new RegExp(`only run its own image, which is ${OWN_REPOSITORY}`);
const PRIVILEGED = /may not run containers that can get more privileges/;
const COMMAND = /may only run the command exporter of its image/;
const ENTRY_POINT = /may not replace the command of its image/;
const HOOK = /may not run other commands in containers, by hooks or probes/;
const VARIABLE = /may not set variables that change how Node starts/;
const PLACE = /may only mount volumes where the exporter reads its files/;
const NODE = /may not run pods in the namespaces of their node/;
const MOUNT = /may only mount ConfigMaps/;
const ACCOUNT = /may only run pods with the ServiceAccount that has the name of the Deployment/;
const OPAQUE = /may only write Secrets of the type Opaque/;
const SERVICE = /may only write Services of the type ClusterIP/;
const ISOLATION = /may only write NetworkPolicies for pods of exporters/;
const ANNOTATION = /may only change the annotation/;
const PODS = /may neither create nor delete pods/;

/** What the policies leave alone: without a fault, none of the requests below would be refused. */
export const ORDINARY_REQUESTS: readonly (readonly [string, StolenRequest])[] = [
  ['a ConfigMap of a KafkaExporter', create(configMap({}))],
  ['a Secret of a KafkaExporter', create(secret('Opaque'))],
  ['a Service of a KafkaExporter', create(service({ type: 'ClusterIP', clusterIP: 'None' }))],
  ['a Deployment with another tag of the own image', create(deployment({}))],
  [
    'one with a digest',
    create(deployment({}, { image: `${OWN_REPOSITORY}@sha256:${'0'.repeat(64)}` })),
  ],
  [
    'one that mounts its own Secret',
    create(deployment(volume({ secret: { secretName: 'l7-exporter' } }))),
  ],
  [
    'an object that was left when its KafkaExporter was deleted',
    patch('configmap orphan', { metadata: { ownerReferences: [OWNER] } }, /^/),
  ],
  ['a NetworkPolicy for the pods of an exporter', create(networkPolicy({ matchLabels: LABELS }))],
  [
    'the annotation of a pod of an exporter',
    patch(
      'pod ours',
      { metadata: { annotations: { 'export.deepflow.io/credentials-revision': '2' } } },
      /^/,
    ),
  ],
];

/** Each forbidden thing, by a request that is ordinary in all else. */
export const STOLEN_REQUESTS: readonly (readonly [string, StolenRequest])[] = [
  ['an object without its labels', create(configMap({ labels: {} }), NOT_OURS)],
  ['an object without a controller', create(configMap({ ownerReferences: [] }), NOT_OURS)],
  [
    'an object whose owner is not its controller',
    create(configMap({ ownerReferences: [{ ...OWNER, controller: false }] }), NOT_OURS),
  ],
  [
    'an object of another controller',
    create(
      configMap({ ownerReferences: [{ ...OWNER, apiVersion: 'apps/v1', kind: 'ReplicaSet' }] }),
      NOT_OURS,
    ),
  ],
  [
    'the change of a ConfigMap of somebody else',
    patch('configmap foreign', { data: { a: 'b' } }, NOT_OURS),
  ],
  [
    'taking a ConfigMap of somebody else over',
    patch('configmap foreign', { metadata: { labels: LABELS, ownerReferences: [OWNER] } }, FOREIGN),
  ],
  [
    'taking a Secret of somebody else over',
    patch('secret foreign', { metadata: { labels: LABELS, ownerReferences: [OWNER] } }, FOREIGN),
  ],
  ['the deletion of a ConfigMap of somebody else', remove('configmap foreign', KEPT)],
  ['the deletion of a Secret of somebody else', remove('secret foreign', KEPT)],
  [
    'giving an object away',
    patch('configmap ours', { metadata: { ownerReferences: null } }, NOT_OURS),
  ],
  ['another image', create(deployment({}, { image: 'docker.io/library/busybox' }), IMAGE)],
  [
    'an image whose name begins with that of the own one',
    create(deployment({}, { image: `${OWN_REPOSITORY}-evil:1` }), IMAGE),
  ],
  [
    'the own image of another registry',
    create(deployment({}, { image: 'deepflow-kafka-exporter:test' }), IMAGE),
  ],
  [
    'a second container with another image',
    create(
      deployment({ containers: [CONTAINER, { ...CONTAINER, name: 'b', image: 'busybox' }] }),
      IMAGE,
    ),
  ],
  [
    'an init container with another image',
    create(deployment({ initContainers: [{ ...CONTAINER, name: 'b', image: 'busybox' }] }), IMAGE),
  ],
  [
    'a container that can get more privileges',
    create(deployment({}, { securityContext: { allowPrivilegeEscalation: true } }), PRIVILEGED),
  ],
  [
    'a container without a security context',
    create(deployment({}, { securityContext: null }), PRIVILEGED),
  ],
  [
    'an added capability',
    create(
      deployment(
        {},
        {
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { add: ['SYS_ADMIN'] },
          },
        },
      ),
      PRIVILEGED,
    ),
  ],
  ['another command of the own image', create(deployment({}, { args: ['operator'] }), COMMAND)],
  ['the own image without a command', create(deployment({}, { args: null }), COMMAND)],
  ['another entry point', create(deployment({}, { command: ['node', '-e', '1'] }), ENTRY_POINT)],
  [
    'a command when a container starts',
    create(deployment({}, { lifecycle: { postStart: { exec: { command: ['node'] } } } }), HOOK),
  ],
  [
    'a command as a probe',
    create(deployment({}, { startupProbe: { exec: { command: ['node'] } } }), HOOK),
  ],
  [
    'options of Node',
    create(deployment({}, { env: [{ name: 'NODE_OPTIONS', value: '--import=/x.js' }] }), VARIABLE),
  ],
  [
    'variables from a ConfigMap',
    create(deployment({}, { envFrom: [{ configMapRef: { name: 'x' } }] }), VARIABLE),
  ],
  [
    'files in the place of the program',
    create(
      deployment(volume({ configMap: { name: 'x' } }), {
        volumeMounts: [{ name: 'v', mountPath: '/app/dist/cli' }],
      }),
      PLACE,
    ),
  ],
  ['the network of the node', create(deployment({ hostNetwork: true }), NODE)],
  ['the processes of the node', create(deployment({ hostPID: true }), NODE)],
  ['the memory of the node', create(deployment({ hostIPC: true }), NODE)],
  ['a directory of the node', create(deployment(volume({ hostPath: { path: '/' } })), MOUNT)],
  [
    'the Secret of somebody else',
    create(deployment(volume({ secret: { secretName: 'foreign' } })), MOUNT),
  ],
  [
    'that Secret in a projected volume',
    create(
      deployment(volume({ projected: { sources: [{ secret: { name: 'foreign' } }] } })),
      MOUNT,
    ),
  ],
  ['another ServiceAccount', create(deployment({ serviceAccountName: 'default' }), ACCOUNT)],
  [
    'the token of the ServiceAccount',
    create(deployment({ automountServiceAccountToken: true }), ACCOUNT),
  ],
  [
    'a Secret that gets the token of a ServiceAccount',
    create(
      secret('kubernetes.io/service-account-token', {
        annotations: { 'kubernetes.io/service-account.name': 'default' },
      }),
      OPAQUE,
    ),
  ],
  [
    'a Service with external addresses',
    create(service({ type: 'ClusterIP', externalIPs: ['192.0.2.1'] }), SERVICE),
  ],
  ['a Service of the type LoadBalancer', create(service({ type: 'LoadBalancer' }), SERVICE)],
  [
    'a Service that is another name',
    create(service({ type: 'ExternalName', externalName: 'example.com' }), SERVICE),
  ],
  ['a NetworkPolicy for all pods', create(networkPolicy({}), ISOLATION)],
  [
    'the annotation of a pod of somebody else',
    patch('pod foreign', { metadata: { annotations: { a: 'b' } } }, PODS),
  ],
  [
    'another annotation of a pod',
    patch('pod ours', { metadata: { annotations: { a: 'b' } } }, ANNOTATION),
  ],
  [
    'an annotation less',
    patch('pod ours', { metadata: { annotations: { kept: null } } }, ANNOTATION),
  ],
  ['the labels of a pod', patch('pod ours', { metadata: { labels: { a: 'b' } } }, ANNOTATION)],
  [
    'the image of a pod',
    patch('pod ours', { spec: { containers: [{ ...CONTAINER, image: 'busybox' }] } }, ANNOTATION),
  ],
  ['the deletion of a pod', remove('pod ours', PODS)],
  [
    'a token of a ServiceAccount',
    { args: ['create', 'token', 'default'], refusal: /may not ask for tokens of ServiceAccounts/ },
  ],
];

/**
 * Objects that are there before the requests: of a KafkaExporter, and of somebody else.
 *
 * @param uid of the KafkaExporter `l7`.
 */
export function standingObjects(uid: string): readonly Manifest[] {
  const others = { name: 'foreign', labels: {}, ownerReferences: [] };
  return [
    configMap({ name: 'ours', ownerReferences: [{ ...OWNER, uid }] }),
    configMap(others),
    configMap({ name: 'orphan', ownerReferences: [] }),
    secret('Opaque', others),
    ...[{ name: 'ours', labels: LABELS }, others].map((metadata) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, annotations: { kept: 'yes' } },
      spec: { containers: [CONTAINER] },
    })),
  ];
}
