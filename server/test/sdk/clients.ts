import assert from 'node:assert/strict'
import { TOTP, URI } from 'otpauth'
import {
  type ApiKeyOptions,
  apiKey,
  createBarong,
  createKeyPair,
  type HttpOptions,
  type KeyAlgorithm,
  type PasswordOptions,
  passwords,
} from '../../../sdk/src/index.ts'
import { MINUTE } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { anApplication, PASSWORD } from '../support/factories.ts'
import type { ListeningServer } from '../support/loopback.ts'

/** What a client of these tests is told besides where the server is. */
export type ClientOptions = Partial<PasswordOptions> & Pick<HttpOptions, 'fetch'>

/** A client of people who sign in with their password. */
export async function aClientOf(server: ListeningServer, { fetch = globalThis.fetch, ...options }: ClientOptions = {}) {
  const { uid: application_id } = await anApplication(server)
  return createBarong({ url: server.origin, fetch, auth: passwords({ application_id, ...options }) })
}

export type Client = Awaited<ReturnType<typeof aClientOf>>

/** A client of somebody who is signed in. */
export async function aSignedInClient(server: ListeningServer, { email }: Account, options: ClientOptions = {}) {
  const barong = await aClientOf(server, options)
  await barong.auth.signIn({ email, password: PASSWORD }).orThrow()
  return barong
}

/** Turns two-factor authentication on; the result gives a fresh code each time. */
export async function withApp(server: ListeningServer, barong: Client): Promise<() => string> {
  const { data } = await barong.security.startTwoFactor().orThrow()
  const app = URI.parse(data.url)
  assert.ok(app instanceof TOTP)
  const code = () => {
    server.clock.advance(MINUTE)
    return app.generate({ timestamp: server.clock.now() })
  }
  await barong.security.enableTwoFactor(code()).orThrow()
  return code
}

/** What a program is told besides its key. */
export interface ProgramOptions extends Pick<HttpOptions, 'fetch'>, Pick<ApiKeyOptions, 'now' | 'onSignedOut'> {
  expires_in?: string
  algorithm?: KeyAlgorithm
}

/** A client of a program, by a key that its owner made. */
export async function aProgramOf(
  server: ListeningServer,
  owner: Client,
  { expires_in = '60', algorithm, fetch = globalThis.fetch, ...options }: ProgramOptions = {},
) {
  const code = await withApp(server, owner)
  const { publicKey: public_key, privateKey } = await createKeyPair(algorithm)
  const { uid: kid } = await owner.apiKeys
    .create({ public_key, scopes: 'trade', expires_in, totp_code: code() })
    .orThrow()
  const program = createBarong({ url: server.origin, fetch, auth: apiKey({ kid, privateKey, ...options }) })
  return { program, kid, code }
}

/** Counts requests by their paths, and does to them what a test wants. */
export function watched(
  change: (path: string, ask: () => Promise<Response>) => Promise<Response> = (_, ask) => ask(),
): { paths: string[]; fetch: typeof fetch } {
  const paths: string[] = []
  return {
    paths,
    fetch: (input, init) => {
      const path = new URL(String(input)).pathname
      paths.push(path)
      return change(path, () => fetch(input, init))
    },
  }
}

/** How often a path was asked for. */
export const timesOf = (paths: string[], path: string): number => paths.filter((each) => each === path).length
