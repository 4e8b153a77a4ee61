import type { Server } from 'node:http'
import { Server as NetServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { SECOND } from '../../lib/clock.ts'

/** Milliseconds in which clients are told with an answer that their connection ends, instead of by its end. */
const GRACE = 5 * SECOND
const STEP = 20

/**
 * Accepts no connection any more, and ends those there are without cutting off a request that is on its way: each closes
 * after its next answer. Resolves when all have gone, or after five seconds: those that are left say nothing.
 */
export async function drain(server: Server): Promise<void> {
  // The close of an HTTP server would end idle connections, too, on which a request may be under way.
  NetServer.prototype.close.call(server)
  server.prependListener('request', (_request, response) => {
    response.setHeader('connection', 'close')
  })
  for (let waited = 0; waited < GRACE && (await connectionsOf(server)) > 0; waited += STEP) await sleep(STEP)
}

const connectionsOf = (server: Server): Promise<number> =>
  new Promise((resolve) => {
    server.getConnections((_error, count) => resolve(count ?? 0))
  })
