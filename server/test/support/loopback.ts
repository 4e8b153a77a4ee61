import { once } from 'node:events'
import { createServer } from 'node:net'
import { mock } from 'node:test'
import { type TestServer, testServer } from './server.ts'

/** A test server that listens on a port of the loopback interface, as clients nobody here wrote need it. */
export interface ListeningServer extends TestServer {
  /** Scheme, host and port; the issuer. */
  origin: string
  /** Moves the time on, for the server, its OAuth engine and the clients in this process. */
  pass(ms: number): void
}

/** Starts a server that listens; its BARONG_URL is where it does. */
export async function listeningServer(
  databaseUrl: string,
  environment: Record<string, string> = {},
): Promise<ListeningServer> {
  const port = await freePort()
  const origin = `http://127.0.0.1:${port}`
  const server = await testServer(databaseUrl, { BARONG_URL: origin, ...environment })
  await server.app.listen({ host: '127.0.0.1', port })
  // The engine and the clients read the process's time.
  mock.timers.reset()
  mock.timers.enable({ apis: ['Date'], now: server.clock.now() })
  return {
    ...server,
    origin,
    pass: (ms) => {
      server.clock.advance(ms)
      mock.timers.setTime(server.clock.now())
    },
    [Symbol.asyncDispose]: async () => {
      mock.timers.reset()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The probe listens on no port.')
  return address.port
}
