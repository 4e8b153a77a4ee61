import assert from 'node:assert/strict'
import { iso } from '../../src/lib/clock.ts'
import { hexToken } from '../../src/lib/ids.ts'
import type { Application, NewRow } from '../../src/platform/db/schema.ts'
import { aBrowser, type Browser, type Visit } from './browser.ts'
import { PASSWORD } from './factories.ts'
import type { ListeningServer } from './loopback.ts'

/** Where applications of these tests are sent back to; nothing listens there. */
export const CALLBACK = 'https://app.example/callback'

/** An application as its developer knows it. */
export interface OauthClient {
  application: Application
  client_id: string
  client_secret: string
}

let count = 0

/** An application that asks for consent and may use every grant, unless told otherwise. */
export async function aClient(
  { deps: { db, ring, clock } }: Pick<ListeningServer, 'deps'>,
  overrides: Partial<NewRow<'applications'>> = {},
): Promise<OauthClient> {
  const client_id = hexToken(32)
  const client_secret = hexToken(32)
  const now = iso(clock.now())
  const application = await db
    .insertInto('applications')
    .values({
      uid: client_id,
      name: `Shop ${++count}`,
      redirect_uri: CALLBACK,
      scopes: '',
      secret_sealed: ring.seal('application-secret', client_id, client_secret),
      grant_types: 'authorization_code refresh_token client_credentials urn:ietf:params:oauth:grant-type:device_code',
      created_at: now,
      updated_at: now,
      ...overrides,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return { application, client_id, client_secret }
}

/** What a person types when asked. */
export interface Person {
  email: string
  password?: string
  /** Gives a fresh code of their authenticator. */
  code?: () => string
}

/** A browser of somebody new to this server. */
export const browserOf = ({ origin }: ListeningServer): Browser => aBrowser(origin)

/** Opens an address and does what the pages ask until the browser is sent elsewhere, or a page asks for nothing known. */
export async function walk(browser: Browser, url: string | URL, person: Person): Promise<Visit> {
  let visit = await browser.open(String(url))
  for (let pages = 0; pages < 8; pages += 1) {
    const step = ['/sign_in', '/second_factor', '/consent'].find((action) =>
      visit.forms.some((form) => form.action.endsWith(action)),
    )
    if (step === undefined || visit.status === 422) return visit
    visit = await browser.submit(visit, step, typedOn(step, person))
  }
  return visit
}

function typedOn(step: string, { email, password = PASSWORD, code }: Person): Record<string, string> {
  if (step === '/sign_in') return { email, password }
  if (step === '/second_factor') return { code: code?.() ?? '' }
  return {}
}

/** Fails unless the browser ended at the application with what the server answered; returns the address. */
export function callbackOf(visit: Visit, callback = CALLBACK): URL {
  assert.ok(visit.url.startsWith(callback), `ended at ${visit.url} with ${visit.status}:\n${visit.text}`)
  return new URL(visit.url)
}
