import { errorNamed } from '../../../src/exporter/kafka/errors/error-codes.ts';
import type { ProcessClock, SimulatedTime } from '../simulated-time.ts';

/** An error as kafkajs throws it. `code` is Kafka's number of the error whose name is `type`. */
export class WireError extends Error {
  override readonly name: string;
  readonly code: number | undefined;

  constructor(name: string, type?: string) {
    super(type ?? name);
    this.name = name;
    this.code = type === undefined ? undefined : errorNamed(type)?.code;
  }
}

/** The present state of the network and of the brokers. */
export interface Wire {
  readonly time: SimulatedTime;
  /** How many milliseconds a message takes in one direction. */
  latencyMs(): number;
  /** Draws whether a request or an answer gets lost. */
  isLost(): boolean;
  /** True while a broker is stopped: it accepts no connections, and its connections are closed. */
  isDown(broker: number): boolean;
}

/** An answer to a request, and for how many milliseconds the broker then mutes the connection (KIP-219). */
export interface Answer<T> {
  readonly value: T;
  readonly mutedMs?: number;
}

/** How long a client waits for an answer. */
const REQUEST_TIMEOUT_MS = 15_000;

/** A connection of a process to a broker, which answers its requests one after the other. */
export class Connection {
  isBroken = false;
  readonly #wire: Wire;
  readonly #clock: ProcessClock;
  readonly #broker: number;
  #freeMs = 0;
  /** Until then the client sends nothing, as the broker asked for. */
  #heldUntilMs = 0;

  constructor(wire: Wire, clock: ProcessClock, broker: number) {
    this.#wire = wire;
    this.#clock = clock;
    this.#broker = broker;
  }

  /**
   * Sends a request, and resolves with the answer. The broker does `work` when the request arrives, also when the
   * process has died meanwhile. @throws WireError when the request or its answer gets lost, or the broker refuses it.
   */
  request<T>(work: () => Answer<T>, timeoutMs = REQUEST_TIMEOUT_MS): Promise<T> {
    return this.#send<T>((answer, fail) => {
      try {
        const { value, mutedMs = 0 } = work();
        this.#freeMs = this.#wire.time.nowMs + mutedMs;
        answer(value, mutedMs);
      } catch (error) {
        fail(error);
      }
    }, timeoutMs);
  }

  /** Sends a request that the broker answers later, such as one to join a group. @throws WireError as `request` does. */
  wait<T>(work: (answer: (value: T | WireError) => void) => void, timeoutMs: number): Promise<T> {
    return this.#send<T>((answer, fail) => {
      work((value) => {
        if (value instanceof WireError) fail(value);
        else answer(value);
      });
    }, timeoutMs);
  }

  #send<T>(
    atBroker: (
      answer: (value: T, mutedMs?: number) => void,
      fail: (error: unknown) => void,
    ) => void,
    timeoutMs: number,
  ): Promise<T> {
    const { time } = this.#wire;
    const heldMs = this.#heldUntilMs - time.nowMs;
    if (heldMs > 0) {
      return new Promise((resolve, reject) => {
        time.after(heldMs, () => {
          if (this.isBroken) reject(new WireError('KafkaJSConnectionClosedError'));
          else this.#send(atBroker, timeoutMs).then(resolve, reject);
        });
      });
    }
    return new Promise((resolve, reject) => {
      let isOver = false;
      const settle = (end: () => void): void => {
        this.#clock.deliver(() => {
          if (isOver) return;
          isOver = true;
          end();
        });
      };
      const breakOff = (name: string): void => {
        settle(() => {
          this.isBroken = true;
          reject(new WireError(name));
        });
      };
      if (this.#clock.isDead) return;
      time.after(timeoutMs, () => {
        breakOff('KafkaJSRequestTimeoutError');
      });
      const back = (end: () => void): void => {
        if (this.#wire.isLost()) return;
        time.after(this.#wire.latencyMs(), () => {
          if (this.#wire.isDown(this.#broker)) breakOff('KafkaJSConnectionClosedError');
          else settle(end);
        });
      };
      const isLost = this.#wire.isLost();
      const arriveMs = Math.max(this.#freeMs, time.nowMs + this.#wire.latencyMs());
      this.#freeMs = arriveMs;
      const arrive = (): void => {
        if (this.#wire.isDown(this.#broker)) {
          breakOff('KafkaJSConnectionError');
          return;
        }
        // The broker does not read from the connection while it is muted.
        if (time.nowMs < this.#freeMs && this.#freeMs > arriveMs) {
          time.after(this.#freeMs - time.nowMs, arrive);
          return;
        }
        // The broker reads nothing from a connection that its client has closed.
        if (isLost || this.isBroken) return;
        atBroker(
          (value, mutedMs = 0) => {
            back(() => {
              this.#heldUntilMs = Math.max(this.#heldUntilMs, time.nowMs + mutedMs);
              resolve(value);
            });
          },
          (error) => {
            back(() => {
              reject(error instanceof Error ? error : new Error(String(error)));
            });
          },
        );
      };
      time.after(arriveMs - time.nowMs, arrive);
    });
  }
}
