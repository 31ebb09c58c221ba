import { type Dispatcher, request } from 'undici';
import { z } from 'zod';
import type { Clock } from '../../lib/clock.ts';
import { readText } from '../../lib/read-text.ts';
import {
  type Authorization,
  createAgents,
  type KubeAgents,
  type KubeConnection,
} from './kube-connection.ts';
import { KubeError } from './kube-error.ts';

/** One HTTP call of the Kubernetes API. */
export interface KubeCall {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly accept?: string;
  readonly contentType?: string;
  readonly body?: unknown;
  /** True: the answer is a stream that stays open. */
  readonly streaming?: boolean;
  readonly signal?: AbortSignal;
}

/** A call and how it ended, for metrics and for tests of the operator's rights. */
export interface CallRecord {
  readonly method: string;
  readonly path: string;
  /** HTTP status, or `<error>` if there was no answer (as client-go writes it). */
  readonly code: string;
  readonly watch: boolean;
}

/** Sends calls over shared connections. */
export interface KubeTransport {
  /** Returns the body of a successful answer. @throws KubeError */
  send(call: KubeCall): Promise<Dispatcher.ResponseData['body']>;
  close(): Promise<void>;
}

/** What a transport needs. */
export interface KubeTransportDeps {
  readonly connection: KubeConnection;
  readonly clock: Clock;
  readonly onCall?: (call: CallRecord) => void;
  /** Requests that may run at the same time; absent: 8. Further requests wait. */
  readonly requestsMax?: number;
}

const AUTHORIZATION_TTL_MS = 60_000;
/** An error may come from a pod behind the API server's proxy, which can send anything. */
const ERROR_BYTES_MAX = 64 * 1024;
/** The longest wait that an answer can ask for. */
const RETRY_AFTER_SECONDS_MAX = 300;

const kubeStatus = z.looseObject({
  reason: z.string().default(''),
  message: z.string().default(''),
  details: z.looseObject({ retryAfterSeconds: z.number().optional() }).optional(),
});

/**
 * A transport that reads the credentials again once a minute and after a 401. It opens new connections only when the TLS
 * material has changed.
 */
export function createKubeTransport(deps: KubeTransportDeps): KubeTransport {
  const { connection, clock } = deps;
  let authorization: Authorization | undefined;
  let authorizedAtMs = 0;
  let agents: KubeAgents | undefined;

  const agentsFor = ({ tls }: Authorization): KubeAgents =>
    createAgents({ tls, proxy: connection.proxy, requestsMax: deps.requestsMax });

  async function present(): Promise<{ agents: KubeAgents; authorization: Authorization }> {
    const nowMs = clock.monotonicMs();
    if (authorization === undefined || nowMs - authorizedAtMs > AUTHORIZATION_TTL_MS) {
      const fresh = await connection.authorize();
      if (
        agents === undefined ||
        JSON.stringify(fresh.tls) !== JSON.stringify(authorization?.tls)
      ) {
        // Running calls finish on the old connections, which close when they are idle.
        void agents?.requests.close();
        void agents?.watches.close();
        agents = agentsFor(fresh);
      }
      authorization = fresh;
      authorizedAtMs = nowMs;
    }
    agents ??= agentsFor(authorization);
    return { agents, authorization };
  }

  async function send(call: KubeCall): Promise<Dispatcher.ResponseData['body']> {
    const operation = `${call.method} ${call.path}`;
    const watch = call.streaming === true;
    let response: Dispatcher.ResponseData;
    try {
      const now = await present();
      response = await request(`${connection.server}${call.path}${queryOf(call.query)}`, {
        method: call.method,
        dispatcher: watch ? now.agents.watches : now.agents.requests,
        headers: {
          ...now.authorization.headers,
          accept: call.accept ?? 'application/json',
          'user-agent': 'deepflow-kafka-exporter-operator',
          ...(call.body === undefined
            ? {}
            : { 'content-type': call.contentType ?? 'application/json' }),
        },
        ...(call.body === undefined ? {} : { body: JSON.stringify(call.body) }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      });
    } catch (error) {
      deps.onCall?.({ method: call.method, path: call.path, code: '<error>', watch });
      const message = `no answer from the API server${throughProxy(connection.proxy)}`;
      throw new KubeError(operation, { status: undefined, reason: '', message }, error);
    }
    const code = response.statusCode;
    deps.onCall?.({ method: call.method, path: call.path, code: String(code), watch });
    if (code < 300) return response.body;
    if (code === 401) authorization = undefined;
    throw await errorOf(operation, response);
  }

  return {
    send,
    close: async () => {
      await Promise.all([agents?.requests.destroy(), agents?.watches.destroy()]);
    },
  };
}

/** The host of the proxy alone: its URL may contain a password. */
function throughProxy(proxy: string | undefined): string {
  return proxy === undefined ? '' : ` through the proxy ${new URL(proxy).host}`;
}

function queryOf(query: KubeCall['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, value);
  }
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

async function errorOf(operation: string, response: Dispatcher.ResponseData): Promise<KubeError> {
  // The status code is enough if the rest is too long.
  const text = await readText(response.body, ERROR_BYTES_MAX).catch(() => '');
  const parsed = kubeStatus.safeParse(parseJson(text));
  const header = Number(response.headers['retry-after']);
  const seconds = parsed.data?.details?.retryAfterSeconds ?? (header > 0 ? header : undefined);
  const said = parsed.data?.message ?? '';
  return new KubeError(operation, {
    status: response.statusCode,
    reason: parsed.data?.reason ?? '',
    message: said === '' ? `HTTP ${response.statusCode}` : said,
    retryAfterMs:
      seconds === undefined ? undefined : Math.min(seconds, RETRY_AFTER_SECONDS_MAX) * 1_000,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Proxies and load balancers send errors in HTML. The status code is enough.
    return undefined;
  }
}
