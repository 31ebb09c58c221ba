import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { PodTemplate } from '../api/pod-template.ts';

/** Default resources of the container. */
const DEFAULT_RESOURCES = {
  limits: { memory: '512Mi' },
  requests: { cpu: '100m', memory: '256Mi' },
} satisfies V1ResourceRequirements;

/** Resources of the exporter's container: all of the user's resources, or the default. */
export function containerResources(podTemplate: PodTemplate | undefined): V1ResourceRequirements {
  const resources = podTemplate?.resources;
  if (resources === undefined) return DEFAULT_RESOURCES;
  return {
    ...(resources.limits === undefined ? {} : { limits: quantities(resources.limits) }),
    ...(resources.requests === undefined ? {} : { requests: quantities(resources.requests) }),
  };
}

function quantities(map: Readonly<Record<string, string | number>>): Record<string, string> {
  return Object.fromEntries(Object.entries(map).map(([name, amount]) => [name, String(amount)]));
}
