import type { FastifyBaseLogger } from 'fastify'

/**
 * A log whose children are made when they first have something to say: there is one for each request, most have not, and
 * making one costs as much as a guard.
 */
export const logWhenNeeded = (log: FastifyBaseLogger): FastifyBaseLogger => new DeferredLog(() => log)

class DeferredLog implements FastifyBaseLogger {
  readonly #make: () => FastifyBaseLogger
  #made: FastifyBaseLogger | undefined

  constructor(make: () => FastifyBaseLogger) {
    this.#make = make
  }

  get #log(): FastifyBaseLogger {
    this.#made ??= this.#make()
    return this.#made
  }

  child: FastifyBaseLogger['child'] = (bindings, options) => new DeferredLog(() => this.#log.child(bindings, options))

  get level() {
    return this.#log.level
  }
  set level(level) {
    this.#log.level = level
  }
  get fatal() {
    return this.#log.fatal.bind(this.#log)
  }
  get error() {
    return this.#log.error.bind(this.#log)
  }
  get warn() {
    return this.#log.warn.bind(this.#log)
  }
  get info() {
    return this.#log.info.bind(this.#log)
  }
  get debug() {
    return this.#log.debug.bind(this.#log)
  }
  get trace() {
    return this.#log.trace.bind(this.#log)
  }
  get silent() {
    return this.#log.silent.bind(this.#log)
  }
}
