/** Being told to stop, by SIGTERM or SIGINT. */
export interface Stopping {
  /** Resolves when it is told so, after {@link inPeace}. */
  told: Promise<'stopped'>
  /** From here on what is under way is finished first; until then there is nothing that a sudden end would cut off. */
  inPeace(): void
}

/**
 * Heeds the signals for as long as the process lives: the first process of a container is not ended by one that nobody listens
 * to, and the second one, which systemd and npm may send, cuts nothing off.
 */
export function heedStopping(): Stopping {
  const { promise: told, resolve } = Promise.withResolvers<'stopped'>()
  let atOnce = true
  const stop = () => {
    if (atOnce) process.exit(0)
    resolve('stopped')
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  return {
    told,
    inPeace: () => {
      atOnce = false
    },
  }
}
