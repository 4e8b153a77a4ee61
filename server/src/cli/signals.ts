/** What a server is told by signals, from its first moment on. */
export interface Signals {
  /** Resolves when it is told to stop, by SIGTERM or SIGINT, after {@link inPeace}. */
  told: Promise<'stopped'>
  /** Whether it was told to stop by now. */
  isTold(): boolean
  /** From here on what is under way is finished first; until then there is nothing that a sudden end would cut off. */
  inPeace(): void
  /** Has `listen` called at each SIGHUP, and at once where one came before anybody listened. */
  onHangUp(listen: () => void): void
}

/**
 * Heeds the signals for as long as the process lives: the first process of a container is not ended by one that nobody listens
 * to, and the second one, which systemd and npm may send, cuts nothing off. Whoever reloads a server that is just being
 * started, or closes its terminal, does not end it.
 */
export function heedSignals(): Signals {
  const { promise: told, resolve } = Promise.withResolvers<'stopped'>()
  let atOnce = true
  let isTold = false
  const stop = () => {
    if (atOnce) process.exit(0)
    isTold = true
    resolve('stopped')
  }
  let hungUp = false
  let hangUp = () => {
    hungUp = true
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('SIGHUP', () => hangUp())
  return {
    told,
    isTold: () => isTold,
    inPeace: () => {
      atOnce = false
    },
    onHangUp: (listen) => {
      hangUp = listen
      if (hungUp) listen()
      hungUp = false
    },
  }
}
