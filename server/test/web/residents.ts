import assert from 'node:assert/strict'
import { type BrowserContextOptions, request } from 'playwright-core'
import { type FormPart, multipart } from '../support/multipart.ts'
import { nextMessage, type Program, type Reply } from '../support/program.ts'
import { PASSWORD } from './walk.ts'

type StorageState = Exclude<BrowserContextOptions['storageState'], string | undefined>

/** Somebody who is signed in in a browser, whose cookies these are. */
export interface Resident {
  email: string
  uid: string
  /** For `browser.newContext`. */
  storageState: StorageState
  /** Calls the API as a page of that browser does. */
  call(method: string, path: string, json?: unknown): Promise<Reply>
  /** Hands in a file with fields. */
  upload(path: string, parts: readonly FormPart[]): Promise<Reply>
}

/** Limits that many people behind one address would meet. */
export const MANY_PEOPLE = {
  BARONG_LIMIT_SIGN_IN: '1000/1m',
  BARONG_LIMIT_SIGN_UP: '1000/1m',
  BARONG_LIMIT_MAIL: '1000/1m',
  BARONG_LIMIT_REQUESTS: '100000/1m',
}

/** Signs somebody up, confirms the address and signs them in. */
export async function aResident(program: Program, email: string): Promise<Resident> {
  const made = await program.call('POST', '/accounts', { json: { email, password: PASSWORD } })
  assert.equal(made.status, 201, JSON.stringify(made.body))
  const token = /confirmation_token=([\w-]+)/.exec((await nextMessage(program, email)).text)?.[1]
  const confirmed = await program.call('POST', '/accounts/confirm', { json: { confirmation_token: token } })
  assert.equal(confirmed.status, 201, JSON.stringify(confirmed.body))
  return signedIn(program, email)
}

/** Signs in somebody who has an account. */
export async function signedIn(program: Program, email: string, password = PASSWORD): Promise<Resident> {
  const browser = await request.newContext({ baseURL: program.url })
  const headers = { 'x-requested-with': 'fetch' }
  const opened = await browser.post('/api/v1/browser_session', { data: { email, password } })
  assert.equal(opened.status(), 200, await opened.text())
  const { token } = await (await browser.post('/api/v1/sessions/jwt', { headers })).json()
  const storageState = await browser.storageState()
  await browser.dispose()
  const { body } = await program.call('GET', '/accounts/me', { token })
  return {
    email,
    uid: body.uid,
    storageState,
    call: (method, path, json) => program.call(method, path, { token, json }),
    upload: (path, parts) => program.call('POST', path, { token, ...multipart(parts) }),
  }
}
