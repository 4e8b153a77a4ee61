import { randomBytes } from 'node:crypto'
import { after, before } from 'node:test'
import type { NewDatabase } from './databases.ts'
import { type Program, startProgram } from './program.ts'
import { EVERYBODY_AT_ONCE, type TestServer, testServer } from './server.ts'

/**
 * The server as an operator starts it, in a process of its own and in real time. People and applications are put into its
 * database by `deps`, of a second one that answers nothing; every call goes to the process.
 */
export interface StartedServer extends TestServer {
  /** Scheme, host and port; the issuer. */
  origin: string
  program: Program
}

/** Starts such a server. */
async function startedServer(databaseUrl: string, environment: Record<string, string>): Promise<StartedServer> {
  const settings = { BARONG_MASTER_KEY: randomBytes(32).toString('base64'), ...EVERYBODY_AT_ONCE, ...environment }
  const program = await startProgram(databaseUrl, settings)
  const outside = await testServer(databaseUrl, { ...settings, BARONG_URL: program.url })
  return {
    ...outside,
    origin: program.url,
    program,
    call: async (method, path, options) => ({ headers: {}, ...(await program.call(method, path, options)) }),
    [Symbol.asyncDispose]: async () => {
      await outside[Symbol.asyncDispose]()
      await program[Symbol.asyncDispose]()
    },
  }
}

/** One for all tests of a suite; its clock, which nothing but authenticators move, is set right each time it is asked for. */
export function sharedStartedServer(
  newDatabase: NewDatabase,
  environment: Record<string, string> = {},
): () => StartedServer {
  let server: StartedServer | undefined
  before(async () => {
    server = await startedServer(await newDatabase(), environment)
  })
  after(() => server?.[Symbol.asyncDispose]())
  return () => {
    if (!server) throw new Error('The server is not started yet.')
    server.clock.advance(Date.now() - server.clock.now())
    return server
  }
}
