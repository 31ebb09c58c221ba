// What the server tells about the one exporter that the page has open, as JSON. Both sides compile this file.

/** The first of some things, and how many there are beyond. */
export interface Bounded<T> {
  readonly shown: readonly T[];
  readonly more: number;
}

/** A part of the way of the data, in a word or two. */
export interface PartState {
  readonly state: string;
  readonly needsAttention: boolean;
}

/** A share of the time, which one pod exports. */
export interface ShardLine extends PartState {
  readonly shard: number;
  /** Absent: no pod has it, or it is not known which. */
  readonly pod?: string;
  readonly lagText: string;
}

/** A topic, and what goes there. */
export interface TopicLine extends PartState {
  readonly topic: string;
  readonly dataSources: readonly string[];
  /** Records per second. */
  readonly recordsText: string;
  /** Records since the pods started. */
  readonly totalText: string;
  readonly lagText: string;
  /** Since the pods started. */
  readonly retriesText: string;
  readonly rejectedText: string;
}

/** A pod of the exporter. */
export interface PodLine extends PartState {
  readonly name: string;
  readonly recordsText: string;
  readonly lagText: string;
  /** The revision of the credentials that it uses. */
  readonly credentials: string;
  /** The shards that it exports, such as `0, 3, 4 and 5 more`. */
  readonly shards: string;
}

/** Something that is said about the exporter, and where its remedy stands. */
interface Said {
  readonly reason: string;
  readonly message: string;
  /** RFC 3339; absent: not known. */
  readonly since?: string;
  /** Such as 4m. */
  readonly sinceText: string;
  /** A page and its section; absent: the message is all. */
  readonly remedy?: string;
}

/** A condition of the resource. */
export interface ConditionLine extends Said {
  readonly type: string;
  /** True, False or Unknown. */
  readonly status: string;
  readonly needsAttention: boolean;
}

/** Why a pod cannot use credentials. */
interface RefusalLine extends Said {
  readonly pod: string;
  readonly revision: string;
}

/** Which credentials should be used, and which are. */
export interface CredentialLines {
  readonly desired: string;
  readonly applied: string;
  /** Pods by revision. */
  readonly inUse: string;
  readonly candidate: string;
  readonly refusals: Bounded<RefusalLine>;
}

/** One exporter in detail. Texts are ready to be shown. */
export interface ExporterDetails {
  readonly namespace: string;
  readonly name: string;
  /** Milliseconds since the Unix epoch: when it was read. */
  readonly atMs: number;
  readonly source: PartState & {
    readonly kind: 'ClickHouse' | 'HTTP';
    readonly dataSources: readonly string[];
  };
  readonly kafka: PartState;
  /** Empty with HTTP, which has no shards, and while their number is not known. */
  readonly shards: Bounded<ShardLine>;
  readonly topics: Bounded<TopicLine>;
  /** Absent: the user may not list pods. */
  readonly pods?: Bounded<PodLine>;
  /** Those that need attention first. */
  readonly conditions: readonly ConditionLine[];
  readonly credentials: CredentialLines;
}
