/** The pool of connections at one moment. */
interface PoolState {
  /** How many there may be. */
  size: number
  /** How many there are; of these `idle` serve nobody. */
  open: number
  idle: number
  /** How many statements and transactions wait for one. */
  waiting: number
}

/** What the pool of this process tells of itself to whoever measures. */
export interface PoolWatch {
  /** Undefined where there is no pool. */
  state(): PoolState | undefined
  /** The listener is told of every use how many milliseconds it waited for its connection. */
  onWait(listener: (ms: number) => void): void
  /** The pool is this one. */
  begin(state: () => PoolState): void
  waited(ms: number): void
}

/** A watch that no pool has begun to report to. */
export function createPoolWatch(): PoolWatch {
  let state: () => PoolState | undefined = () => undefined
  const listeners: ((ms: number) => void)[] = []
  return {
    state: () => state(),
    onWait: (listener) => listeners.push(listener),
    begin: (of) => {
      state = of
    },
    waited: (ms) => {
      for (const listener of listeners) listener(ms)
    },
  }
}
