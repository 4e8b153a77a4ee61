import type { HTTPMethods } from 'fastify'
import { type Authenticator, anAuthenticator } from '../../support/authenticator.ts'
import { anAccount, aToken } from '../../support/factories.ts'
import type { Answer, CallOptions, TestServer } from '../../support/server.ts'

/** Brings about one status of one operation. */
export type Scenario = (server: TestServer) => Promise<Answer>

/** Scenarios by operation id and status. */
export type Scenarios = Readonly<Record<string, Readonly<Record<number, Scenario>>>>

/** A request of somebody nobody knows, or of anybody where the operation does not ask who it is. */
export const stranger =
  (method: HTTPMethods, path: string, json?: unknown): Scenario =>
  (server) =>
    server.call(method, path, { json })

/** A request of somebody who is signed in. */
export const member =
  (method: HTTPMethods, path: string, options: CallOptions = {}): Scenario =>
  async (server) =>
    server.call(method, path, { ...options, token: await aToken(server, await anAccount(server)) })

/** A request of somebody who is signed in and has an authenticator. */
export const protectedMember =
  (ask: (server: TestServer, token: string, app: Authenticator) => Promise<Answer>): Scenario =>
  async (server) => {
    const { token, app } = await anAuthenticator(server, await anAccount(server))
    return ask(server, token, app)
  }
