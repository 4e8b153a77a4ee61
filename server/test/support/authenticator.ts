import assert from 'node:assert/strict'
import { TOTP, URI } from 'otpauth'
import { SECOND } from '../../src/lib/clock.ts'
import type { Account } from '../../src/platform/db/schema.ts'
import { aToken } from './factories.ts'
import type { TestServer } from './server.ts'

/** A person's authenticator app. */
export interface Authenticator {
  /** The present code, or that of another step. */
  code(steps?: number): string
  /** A code that was not used yet: waits until the next step. */
  next(): string
  /** Six digits that are right in none of the steps the server looks at. */
  wrong(): string
}

/** The app of whoever scanned this URL. */
export function authenticatorOf({ clock }: Pick<TestServer, 'clock'>, url: string): Authenticator {
  const totp = URI.parse(url)
  assert.ok(totp instanceof TOTP)
  const code = (steps = 0) => totp.generate({ timestamp: clock.now() + steps * 30 * SECOND })
  const near = () => [-2, -1, 0, 1, 2].map(code)
  return {
    code,
    next: () => {
      clock.advance(30 * SECOND)
      return code()
    },
    wrong: () =>
      ['000000', '111111', '222222', '333333', '444444', '555555'].find((text) => !near().includes(text)) ?? '',
  }
}

/** A token of a session of the account, and its app, with the second factor switched on. */
export async function anAuthenticator(
  server: TestServer,
  account: Account,
): Promise<{ token: string; app: Authenticator }> {
  const token = await aToken(server, account)
  const enrolment = await server.call('POST', '/security/generate_qrcode', { token })
  const app = authenticatorOf(server, enrolment.body.data.url)
  const enabled = await server.call('POST', '/security/enable_2fa', { token, json: { code: app.code() } })
  assert.equal(enabled.status, 201)
  return { token, app }
}
