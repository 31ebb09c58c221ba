import { z } from 'zod';
import type { KubernetesAccess } from '../../harness/kubernetes/kubernetes-access.ts';
import { until } from '../../lib/until.ts';
import type { ArgoCd } from './start-argocd.ts';

const application = z.object({
  metadata: z.object({ annotations: z.record(z.string(), z.string()).default({}) }),
  status: z
    .object({
      sync: z.object({ status: z.string(), revision: z.string().default('') }).optional(),
      health: z.object({ status: z.string().default('') }).optional(),
      history: z.array(z.unknown()).default([]),
      conditions: z.array(z.object({ type: z.string(), message: z.string() })).default([]),
    })
    .prefault({}),
});

const tree = z.object({
  nodes: z
    .array(
      z.object({
        kind: z.string(),
        name: z.string(),
        parentRefs: z.array(z.object({ kind: z.string(), name: z.string() })).default([]),
        health: z.object({ status: z.string(), message: z.string().default('') }).optional(),
      }),
    )
    .default([]),
});

const actions = z.object({
  actions: z
    .array(z.object({ name: z.string(), disabled: z.boolean().default(false) }))
    .default([]),
});

/** What Argo CD says of an Application. */
interface ApplicationState {
  /** `Synced Healthy`, for example. */
  readonly state: string;
  /** The id of the commit that it was compared with. */
  readonly revision: string;
  /** How often something was applied. */
  readonly syncs: number;
  readonly problems: readonly string[];
}

/** A user of Argo CD: of its API, and of its resources. */
export interface ArgoCdUser {
  state(name: string): Promise<ApplicationState>;
  /** Asks for a new look into the repository and the cluster, and returns the state after it. */
  refresh(name: string): Promise<ApplicationState>;
  /** Refreshes until an Application was compared with the commit and is in this state. */
  reaches(name: string, commit: string, state: string): Promise<ApplicationState>;
  /** The tree of an Application's resources: `Deployment/flow-logs-exporter < KafkaExporter/flow-logs`. */
  tree(name: string): Promise<readonly string[]>;
  /** What the tree says of the health of a KafkaExporter: `Degraded: the message`. */
  health(name: string, exporter: ExporterName): Promise<string>;
  /** The actions that are offered now. */
  actions(name: string, exporter: ExporterName): Promise<readonly string[]>;
  run(name: string, exporter: ExporterName, action: string): Promise<void>;
}

interface ExporterName {
  readonly namespace: string;
  readonly name: string;
}

/** A look into the repository, a sync and the health after it, on a machine that does other work. */
const REACHED = { deadlineMs: 150_000 };

const KIND = { group: 'export.deepflow.io', version: 'v1alpha1', kind: 'KafkaExporter' };

/** Uses a running Argo CD. */
export function createArgoCdUser({ kubectl }: KubernetesAccess, { apiUrl }: ArgoCd): ArgoCdUser {
  const inArgo = (...args: string[]): Promise<string> =>
    kubectl([...args, '--namespace', 'argocd']);
  const read = async (name: string): Promise<z.infer<typeof application>> =>
    application.parse(
      JSON.parse(await inArgo('get', `application.argoproj.io/${name}`, '--output', 'json')),
    );
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const post = { method: 'POST', body: JSON.stringify(body) };
    const answer = await fetch(`${apiUrl}/api/v1/applications/${path}`, {
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : post),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  };
  const state = async (name: string): Promise<ApplicationState> => {
    const { status } = await read(name);
    return {
      state: `${status.sync?.status ?? 'Unknown'} ${status.health?.status ?? 'Unknown'}`,
      revision: status.sync?.revision ?? '',
      syncs: status.history.length,
      problems: status.conditions.map(({ message, type }) => `${type}: ${message}`),
    };
  };
  const refresh = async (name: string): Promise<ApplicationState> => {
    const annotation = 'argocd.argoproj.io/refresh';
    await inArgo(
      'annotate',
      '--overwrite',
      `application.argoproj.io/${name}`,
      `${annotation}=hard`,
    );
    await until(`a refresh of ${name}`, async () => {
      const { metadata } = await read(name);
      return metadata.annotations[annotation] === undefined;
    });
    return state(name);
  };
  const nodes = async (name: string): Promise<z.infer<typeof tree>['nodes']> =>
    tree.parse(await ask(`${name}/resource-tree`)).nodes;
  return {
    state,
    refresh,
    reaches: (name, commit, wanted) =>
      until(`${name} to be ${wanted} at ${commit}`, () => refresh(name), {
        isWanted: (found) => found.revision === commit && found.state === wanted,
        ...REACHED,
      }),
    tree: async (name) =>
      (await nodes(name)).map((node) =>
        [node, ...node.parentRefs].map((each) => `${each.kind}/${each.name}`).join(' < '),
      ),
    health: async (name, exporter) => {
      const found = (await nodes(name)).find(
        (node) => node.kind === KIND.kind && node.name === exporter.name,
      );
      return `${found?.health?.status ?? 'none'}: ${found?.health?.message ?? ''}`;
    },
    actions: async (name, exporter) => {
      const query = new URLSearchParams({
        ...KIND,
        namespace: exporter.namespace,
        resourceName: exporter.name,
      });
      const answer = actions.parse(await ask(`${name}/resource/actions?${query.toString()}`));
      return answer.actions
        .filter(({ disabled }) => !disabled)
        .map((action) => action.name)
        .toSorted();
    },
    run: async (name, exporter, action) => {
      await ask(`${name}/resource/actions/v2`, {
        ...KIND,
        name,
        namespace: exporter.namespace,
        resourceName: exporter.name,
        action,
      });
    },
  };
}
