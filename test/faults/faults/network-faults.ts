import { degree, type Fault, hit, type Step } from '../fault.ts';
import type { Proxy, ProxyMode } from '../proxy.ts';
import type { World } from '../world.ts';

/** Every other step hits all of these, the rest one of them. */
const someOf = <T>(candidates: readonly T[], step: Step): readonly T[] =>
  step.howMuch < 0.5 ? candidates : [hit(candidates, step)];

const proxiesHit = ({ brokerProxies }: World, step: Step): readonly Proxy[] =>
  someOf(brokerProxies, step);

const addressesHit = ({ addresses }: World, step: Step): readonly Proxy[] =>
  someOf(addresses, step).map(({ proxy }) => proxy);

/** A network between exporters and brokers that misbehaves. */
export function networkFaults(): readonly Fault[] {
  return [
    {
      name: 'connections to brokers are cut',
      part: 'network',
      lastsMs: [0, 4_000],
      begin: (world, step) => inMode(proxiesHit(world, step), { kind: 'refuse' }),
    },
    {
      name: 'connections to brokers stall',
      part: 'network',
      lastsMs: [1_000, 10_000],
      begin: (world, step) => inMode(proxiesHit(world, step), { kind: 'stall' }),
    },
    {
      name: 'answers of brokers get lost and their connections are cut',
      part: 'network',
      lastsMs: [500, 10_000],
      begin: async (world, step) => {
        const proxies = proxiesHit(world, step);
        const mend = await inMode(proxies, { kind: 'no answers' });
        return async () => {
          for (const proxy of proxies) proxy.reset();
          await mend();
        };
      },
    },
    {
      name: 'answers of brokers do not come for longer than a request may take',
      part: 'network',
      lastsMs: [16_000, 18_000],
      begin: (world, step) => inMode(proxiesHit(world, step), { kind: 'no answers' }),
    },
    {
      name: 'connections to brokers are slow',
      part: 'network',
      lastsMs: [2_000, 10_000],
      begin: (world, step) => {
        const bytesPerSecond = Math.round(degree(step, 5_000, 100_000));
        return inMode(proxiesHit(world, step), { kind: 'slow', bytesPerSecond });
      },
    },
    {
      name: 'brokers close their side of connections',
      part: 'network',
      lastsMs: [0, 1_000],
      begin: (world, step) => {
        for (const proxy of proxiesHit(world, step)) proxy.halfClose();
        return nothingToMend();
      },
    },
  ];
}

/** ClickHouse that breaks off, and a network to it that misbehaves. */
export function clickHouseFaults(): readonly Fault[] {
  return [
    {
      name: 'an answer of ClickHouse is cut',
      part: 'clickhouse',
      lastsMs: [0, 1_000],
      begin: (world, step) => {
        const bytes = Math.round(degree(step, 1, 200_000));
        for (const proxy of addressesHit(world, step)) proxy.resetAfter(bytes);
        return nothingToMend();
      },
    },
    {
      name: 'ClickHouse cannot be reached',
      part: 'clickhouse',
      lastsMs: [500, 5_000],
      begin: (world, step) => inMode(addressesHit(world, step), { kind: 'refuse' }),
    },
    {
      name: 'connections to ClickHouse stall',
      part: 'clickhouse',
      lastsMs: [1_000, 8_000],
      begin: (world, step) => inMode(addressesHit(world, step), { kind: 'stall' }),
    },
    {
      name: 'connections to ClickHouse are slow',
      part: 'clickhouse',
      lastsMs: [2_000, 8_000],
      begin: (world, step) =>
        inMode(addressesHit(world, step), {
          kind: 'slow',
          bytesPerSecond: Math.round(degree(step, 50_000, 500_000)),
        }),
    },
    {
      name: 'ClickHouse refuses to answer, or breaks its answers',
      part: 'clickhouse',
      lastsMs: [500, 5_000],
      begin: ({ addresses }, step) => {
        const mode = hit(['refuse', 'truncate', 'drop the end', 'break off'] as const, step);
        const broken = someOf(addresses, step);
        for (const { answers } of broken) answers.setMode(mode);
        return Promise.resolve(() => {
          for (const { answers } of broken) answers.setMode('pass');
          return Promise.resolve();
        });
      },
    },
  ];
}

function inMode(proxies: readonly Proxy[], mode: ProxyMode): Promise<() => Promise<void>> {
  for (const proxy of proxies) proxy.setMode(mode);
  return Promise.resolve(() => {
    for (const proxy of proxies) proxy.setMode({ kind: 'pass' });
    return Promise.resolve();
  });
}

function nothingToMend(): Promise<() => Promise<void>> {
  return Promise.resolve(() => Promise.resolve());
}
