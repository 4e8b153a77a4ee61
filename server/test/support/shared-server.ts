import { after, before } from 'node:test'
import type { NewDatabase } from './databases.ts'
import { type TestServer, testServer } from './server.ts'

/** One server for all tests of a suite, which then must not depend on each other's accounts: `const server = sharedServer(…)`, then `server()` in a test. */
export function sharedServer(newDatabase: NewDatabase, environment: Record<string, string> = {}): () => TestServer {
  let server: TestServer | undefined
  before(async () => {
    server = await testServer(await newDatabase(), environment)
  })
  after(() => server?.[Symbol.asyncDispose]())
  return () => {
    if (!server) throw new Error('The server is not started yet.')
    return server
  }
}
