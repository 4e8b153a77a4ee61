import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { aPng, multipart } from '../support/multipart.ts'
import { type Program, startProgram } from '../support/program.ts'

/** The password of everybody here. */
export const PASSWORD = 'umbrella over chimneys 64'
/** Who works here: two officers, one supporter, and who runs the place. */
export const STAFF = {
  admin: 'admin@example.com',
  compliance: 'officer@example.com',
  second: 'second.officer@example.com',
  support: 'support@example.com',
} as const
const PEOPLE = ['ann', 'bob', 'cem'].map((name) => `${name}@example.com`)

/** The server with its staff and members. */
export interface Console extends AsyncDisposable {
  program: Program
  /** A token for calls beside the browser. */
  token(email: string): Promise<string>
}

/** Starts the server with everybody in it. */
export async function startConsole(databaseUrl: string, environment: Record<string, string> = {}): Promise<Console> {
  const directory = mkdtempSync(join(tmpdir(), 'barong-console-'))
  const seeds = join(directory, 'seeds.yml')
  writeFileSync(seeds, seedFile())
  const program = await startProgram(databaseUrl, {
    SEEDS_FILE: seeds,
    BARONG_LIMIT_SIGN_IN: '1000/1m',
    ...environment,
  })
  return {
    program,
    token: async (email) => {
      const json = { email, password: PASSWORD, application_id: program.application_id }
      const { status, body } = await program.call('POST', '/sessions', { json })
      if (status !== 201) throw new Error(`${email} cannot sign in: ${JSON.stringify(body)}`)
      return body
    },
    [Symbol.asyncDispose]: async () => {
      await program[Symbol.asyncDispose]()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function seedFile(): string {
  const levels = ['email', 'phone', 'document'].map((key) => ({ key, value: 'verified', description: key }))
  const staff = [
    { email: STAFF.admin, role: 'admin' },
    { email: STAFF.compliance, role: 'compliance' },
    { email: STAFF.second, role: 'compliance' },
    { email: STAFF.support, role: 'support' },
  ]
  const members = PEOPLE.map((email) => ({ email, role: 'member' }))
  const accounts = [...staff, ...members].map((account) => ({
    account: { ...account, password: PASSWORD, state: 'active', level: 2 },
  }))
  return JSON.stringify({ levels, accounts, applications: [{ name: 'Console tests', skipauth: true }] })
}

/** A member hands in profile and document, through the API as any frontend does; the names are theirs to choose. */
export async function handIn(
  { program, token }: Console,
  email: string,
  { first_name = 'Ann', file = 'passport.png', content = aPng(2000), number = `AB${email.length}1234` } = {},
): Promise<void> {
  const own = await token(email)
  const profile = { first_name, last_name: 'Example', dob: '1980-01-02', address: '1 Road', postcode: '12345' }
  await program.call('POST', '/profiles', { token: own, json: { ...profile, city: 'Ulm', country: 'DE' } })
  const form = multipart([
    ['doc_type', 'Passport'],
    ['doc_number', number],
    ['doc_expire', '2099-12-31'],
    ['upload', { filename: file, content }],
  ])
  const { status, body } = await program.call('POST', '/documents', { token: own, ...form })
  if (status !== 201) throw new Error(`${email} cannot hand in: ${JSON.stringify(body)}`)
}

/** Signs a member of the staff in, and waits for the console. */
export async function enter(page: Page, email: string, path = '/admin'): Promise<void> {
  await page.goto(`/sign-in?return_to=${encodeURIComponent(path)}`)
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.press('[name=password]', 'Enter')
  await page.locator('.console-main h1').waitFor()
}
