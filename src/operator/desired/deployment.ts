import type { V1Deployment, V1PodTemplateSpec, V1Probe } from '@kubernetes/client-node';
import {
  CONFIG_DIRECTORY,
  CONFIG_FILE,
  CREDENTIALS_DIRECTORY,
} from '../../exporter/contract/mounted-files.ts';
import type { KafkaExporter } from '../api/kafka-exporter.ts';
import type { KubeManifest } from '../kube/kube-object.ts';
import { ownedLabels, selectorLabels } from './labels.ts';
import { ownedMetadata } from './metadata.ts';
import { configMapName, workloadName } from './names.ts';
import { podAdditions } from './pod-additions.ts';
import { containerResources } from './resources.ts';
import { tokenVolume } from './token-volume.ts';

/** Port of the exporter's HTTP server: probes, metrics and status. */
export const HTTP_PORT = 8080;

/** Name of the container port to which records are pushed. */
export const PUSH_PORT_NAME = 'push';

/** Name of the exporter's container. */
export const CONTAINER_NAME = 'exporter';

/** Name of the volume with the configuration. */
export const CONFIG_VOLUME = 'config';

const USER = 65_532;

/** What a Deployment needs in addition to the resource. */
export interface DeploymentOptions {
  /** Image of the exporter. */
  readonly image: string;
  readonly configHash: string;
  /** True: the platform chooses user and groups of the pods, as OpenShift does. False: they are fixed. */
  readonly platformSecurityContext: boolean;
}

/**
 * The Deployment of a resource: pods under the restricted Pod Security standard, which share the work through Kafka. A new pod
 * starts before an old pod stops, so a pod that cannot start does not replace a pod that works. Without `spec.replicas`, users
 * or a HorizontalPodAutoscaler scale the Deployment.
 */
export function deployment(resource: KafkaExporter, options: DeploymentOptions): KubeManifest {
  const { name } = resource.metadata;
  const replicas = resource.spec.enabled ? resource.spec.replicas : 0;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: ownedMetadata(resource, workloadName(name)),
    spec: {
      ...(replicas === undefined ? {} : { replicas }),
      revisionHistoryLimit: 2,
      selector: { matchLabels: { ...selectorLabels(name) } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: podTemplateSpec(resource, options),
    },
  } satisfies V1Deployment;
}

function podTemplateSpec(resource: KafkaExporter, options: DeploymentOptions): V1PodTemplateSpec {
  const { name } = resource.metadata;
  const extra = resource.spec.podTemplate;
  return {
    metadata: {
      labels: { ...extra?.labels, ...ownedLabels(name) },
      ...(extra?.annotations === undefined ? {} : { annotations: extra.annotations }),
    },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      containers: [container(resource, options.image)],
      ...podAdditions(resource),
      securityContext: {
        ...(options.platformSecurityContext
          ? {}
          : { fsGroup: USER, runAsGroup: USER, runAsUser: USER }),
        runAsNonRoot: true,
        seccompProfile: { type: 'RuntimeDefault' },
      },
      serviceAccountName: workloadName(name),
      volumes: [
        { name: CONFIG_VOLUME, configMap: { name: configMapName(name, options.configHash) } },
        {
          name: 'credentials',
          secret: { secretName: workloadName(name), defaultMode: 0o440 },
        },
        ...tokenVolume(resource).volumes,
      ],
    },
  };
}

function container(
  resource: KafkaExporter,
  image: string,
): NonNullable<V1PodTemplateSpec['spec']>['containers'][number] {
  const { podTemplate, source } = resource.spec;
  const { http } = source;
  return {
    name: CONTAINER_NAME,
    image,
    args: [
      'exporter',
      '--config',
      `${CONFIG_DIRECTORY}/${CONFIG_FILE}`,
      '--credentials',
      CREDENTIALS_DIRECTORY,
    ],
    ...(podTemplate?.env === undefined ? {} : { env: podTemplate.env }),
    livenessProbe: probe('/livez', 6),
    ports: [
      { containerPort: HTTP_PORT, name: 'http', protocol: 'TCP' },
      ...(http === undefined
        ? []
        : [{ containerPort: http.port, name: PUSH_PORT_NAME, protocol: 'TCP' }]),
    ],
    readinessProbe: probe('/readyz', 2),
    resources: containerResources(podTemplate),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [
      { mountPath: CONFIG_DIRECTORY, name: CONFIG_VOLUME, readOnly: true },
      { mountPath: CREDENTIALS_DIRECTORY, name: 'credentials', readOnly: true },
      ...tokenVolume(resource).mounts,
    ],
  };
}

function probe(path: string, failureThreshold: number): V1Probe {
  return { failureThreshold, httpGet: { path, port: 'http' }, periodSeconds: 5, timeoutSeconds: 3 };
}
