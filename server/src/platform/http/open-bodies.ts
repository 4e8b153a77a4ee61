import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type Clock, SECOND } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import type { Limits } from '../limits/limits.ts'

const errors = defineErrors('http', {
  bodiesFull: [503, 'The server is busy, please try again in a moment'],
  bodyLate: [408, 'The request took too long'],
})

/** What one process holds of bodies that are not complete, in bytes, and for how long, in milliseconds. */
export interface BodyBounds {
  all: number
  /** Of one address. */
  source: number
  /** After this time a body is not waited for any more. */
  patience: number
}

/** 32 MiB, of which one address has a quarter; a body of 256 KiB has 15 seconds. */
const BOUNDS: BodyBounds = { all: 32 * 1024 * 1024, source: 8 * 1024 * 1024, patience: 15 * SECOND }
const RETRY = { headers: { 'retry-after': '2' } }

/** A body that is coming in. */
interface OpenBody {
  /** Notes that so many bytes more are held. Throws 503 where that is too many. */
  hold(bytes: number): void
  close(): void
}

const bodies = new WeakMap<FastifyRequest, OpenBody>()

/** Notes that so many bytes more of a request's body are held, for who reads it as a stream. Throws 503. */
export const holdBytes = (request: FastifyRequest, bytes: number): void => bodies.get(request)?.hold(bytes)

/**
 * Bounds what bodies take up that are not complete, all together and of each address: beyond, 503 with Retry-After. One
 * that takes longer than there is patience for ends with 408: one timer waits for the oldest of them. Counted is what has arrived,
 * so that nobody reserves memory by announcing something.
 */
export function boundBodies(
  http: FastifyInstance,
  { clock, limits }: { clock: Clock; limits: Pick<Limits, 'sourceOf'> },
  bounds: BodyBounds = BOUNDS,
): void {
  const room = roomFor(bounds)
  const waiting = new Set<{ since: number; refuse: (refusal: Refusal) => void }>()
  const endLate = (now: number): void => {
    for (const body of waiting) {
      if (now - body.since < bounds.patience) return
      waiting.delete(body)
      body.refuse(errors.bodyLate())
    }
  }
  let timer: NodeJS.Timeout | undefined
  /** Waits for the oldest, whose time is over first: one timer does for however many there are. */
  const watch = (): void => {
    const [oldest] = timer ? [] : waiting
    if (!oldest) return
    timer = setTimeout(
      () => {
        timer = undefined
        endLate(clock.now())
        watch()
      },
      Math.max(1, oldest.since + bounds.patience - clock.now()),
    ).unref()
  }
  http.addHook('onClose', async () => clearTimeout(timer))
  http.addHook('preParsing', (request, _reply, payload, done) => {
    const { headers } = request
    if (headers['content-length'] === undefined && headers['transfer-encoding'] === undefined) return done()
    const now = clock.now()
    endLate(now)
    const body = room.open(limits.sourceOf(request.ip))
    bodies.set(request, body)
    const entry = { since: now, refuse }
    const close = () => {
      waiting.delete(entry)
      payload.off('data', note)
      body.close()
    }
    payload.once('end', close).once('close', close)
    // Who reads a form with files as a stream says what it holds of it.
    if (!isMultipart(request)) {
      waiting.add(entry)
      watch()
      payload.on('data', note)
    }
    done()

    function note(chunk: Uint8Array): void {
      try {
        body.hold(chunk.byteLength)
      } catch (error) {
        // Others who listen are told of this chunk before.
        queueMicrotask(() => refuse(error))
      }
    }
    /** Tells whoever reads the body that it failed; the request can still be answered then. */
    function refuse(error: unknown): void {
      close()
      if (payload.listenerCount('error') > 0) payload.emit('error', error)
    }
  })
}

const isMultipart = ({ headers }: FastifyRequest): boolean =>
  /^multipart\/form-data/i.test(headers['content-type']?.trim() ?? '')

/** Counts what bodies hold. */
function roomFor({ all, source: share }: BodyBounds) {
  const shares = new Map<string, number>()
  let total = 0
  const add = (source: string | undefined, bytes: number): void => {
    total += bytes
    if (source === undefined) return
    const held = (shares.get(source) ?? 0) + bytes
    if (held > 0) shares.set(source, held)
    else shares.delete(source)
  }
  return {
    open: (source: string | undefined): OpenBody => {
      let held = 0
      let isOpen = true
      return {
        hold: (bytes) => {
          if (!isOpen) return
          const ofSource = source === undefined ? 0 : (shares.get(source) ?? 0)
          if (total + bytes > all || ofSource + bytes > share) throw errors.bodiesFull(RETRY)
          held += bytes
          add(source, bytes)
        },
        close: () => {
          isOpen = false
          add(source, -held)
          held = 0
        },
      }
    },
  }
}
