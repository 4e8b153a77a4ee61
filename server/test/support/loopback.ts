import { once } from 'node:events'
import { createServer } from 'node:net'
import { after, before, mock } from 'node:test'
import type { NewDatabase } from './databases.ts'
import { type TestServer, testServer } from './server.ts'

/**
 * A test server that listens on a port of the loopback interface, as clients nobody here wrote need it. Its clock moves
 * the whole process, since the OAuth engine and those clients read the time themselves.
 */
export interface ListeningServer extends TestServer {
  /** Scheme, host and port; the issuer. */
  origin: string
}

/** Starts a server that listens; its BARONG_URL is where it does. */
export async function listeningServer(
  databaseUrl: string,
  environment: Record<string, string> = {},
  log?: Parameters<typeof testServer>[2],
): Promise<ListeningServer> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const server = await testServer(databaseUrl, { BARONG_URL: origin, ...environment }, log)
  await server.app.listen({ host: '127.0.0.1', port })
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date'], now: server.clock.now() })
  const advance = (ms: number) => {
    server.clock.advance(ms)
    mock.timers.setTime(server.clock.now())
  }
  return {
    ...server,
    origin,
    clock: { now: server.clock.now, advance },
    [Symbol.asyncDispose]: async () => {
      mock.timers.reset()
      await server[Symbol.asyncDispose]()
    },
  }
}

/** A port of the loopback interface that nobody listens on now. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The probe listens on no port.')
  return address.port
}

/** One such server for all tests of a suite, which then must not depend on each other's accounts. */
export function sharedListeningServer(
  newDatabase: NewDatabase,
  environment: Record<string, string> = {},
): () => ListeningServer {
  let server: ListeningServer | undefined
  before(async () => {
    server = await listeningServer(await newDatabase(), environment)
  })
  after(() => server?.[Symbol.asyncDispose]())
  return () => {
    if (!server) throw new Error('The server is not started yet.')
    return server
  }
}
