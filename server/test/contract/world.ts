import { signAccessToken } from '../../src/features/signing-keys/signing-keys.ts'
import { iso, parseIso, SECOND } from '../../src/lib/clock.ts'
import type { Account, RowPatch } from '../../src/platform/db/schema.ts'
import { type Authenticator, authenticatorOf } from '../support/authenticator.ts'
import { anRsaKey, type ClientKey } from '../support/client-keys.ts'
import type { NewDatabase } from '../support/databases.ts'
import { anAccount, anApplication, theLevels } from '../support/factories.ts'
import { type TestServer, testServer } from '../support/server.ts'

/** The password of everybody in the recordings. */
export const PASSWORD = 'Qwerty123'
/** When the recordings began. */
const BEGIN = '2026-11-21T20:17:46.000Z'
const SETTINGS = {
  BARONG_PASSWORD_POLICY: 'barong',
  BARONG_URL: 'http://barong.local',
  URL_SCHEME: 'http',
  // Barong 1.8.26 told nobody of changes by mail.
  SECURITY_NOTICES: 'false',
  BARONG_HOLDS: 'off',
}
const APPLICATIONS = ['0001', '0002'].map((end) => `${'a'.repeat(60)}${end}`)

/** The server that is compared with the recordings, and what is known of the two. */
export interface World extends AsyncDisposable {
  server: TestServer
  /** Recorded ids, mail tokens, codes and keys, and which of ours stand for them. */
  known: Map<string, string>
  /** The same for the next recording alone. */
  once: Map<string, string>
  /** The code that was last sent in the place of a recorded one. */
  codes: Map<string, string>
  /** Authenticators by e-mail. */
  authenticators: Map<string, Authenticator>
  /** Keys of programs, in the places of the recorded ones. */
  keys: { own: ClientKey; other: ClientKey }
  password_digest: string
  /** The last token that was answered. */
  token: string | undefined
  /** What recordings without a request tell of. */
  facts: Record<string, boolean>
  /** Names of the recordings that were replayed. */
  replayed: Set<string>
}

/** A server with the settings of the recordings, two applications and three levels, at the time of the recordings. */
export async function openWorld(newDatabase: NewDatabase, environment: Record<string, string> = {}): Promise<World> {
  const server = await testServer(await newDatabase(), { ...SETTINGS, ...environment })
  server.clock.advance(parseIso(BEGIN) - server.clock.now())
  await theLevels(server)
  const { deps } = server
  for (const uid of APPLICATIONS) {
    const { id } = await anApplication(server)
    await deps.db.updateTable('applications').set({ uid }).where('id', '=', id).execute()
  }
  return {
    server,
    known: new Map(),
    once: new Map(),
    codes: new Map(),
    authenticators: new Map(),
    keys: { own: anRsaKey(), other: anRsaKey() },
    password_digest: await deps.passwords.hash(PASSWORD),
    token: undefined,
    facts: {},
    replayed: new Set(),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** The account of that e-mail; a confirmed one is made when there is none. */
export async function person({ server, password_digest }: World, email: string): Promise<Account> {
  const { db } = server.deps
  const account = await db.selectFrom('accounts').selectAll().where('email', '=', email).executeTakeFirst()
  if (account) return account
  const role = email.startsWith('admin@') ? 'admin' : 'member'
  return anAccount(server, { email, password_digest, role, confirmation_sent_at: iso(server.clock.now()) })
}

/** Puts the account of that e-mail into a state. */
export async function put(world: World, email: string, patch: RowPatch<'accounts'>): Promise<void> {
  const { id } = await person(world, email)
  await world.server.deps.db.updateTable('accounts').set(patch).where('id', '=', id).execute()
}

/** The instant so many seconds from now. */
export const at = ({ server }: World, offset: number): string => iso(server.clock.now() + offset * SECOND)

/** A token of a new session of the account of that e-mail. */
export async function tokenOf(world: World, email: string): Promise<string> {
  const { deps } = world.server
  const account = await person(world, email)
  const application = await deps.db.selectFrom('applications').select('id').orderBy('id').executeTakeFirstOrThrow()
  const { token, jti, issued_at, expires_at } = await signAccessToken(deps, account, {
    audience: ['peatio', 'barong'],
    lifetime: 14_400,
  })
  const now = iso(issued_at)
  await deps.db
    .insertInto('sessions')
    .values({
      jti,
      account_id: account.id,
      application_id: application.id,
      authenticated_at: now,
      created_at: now,
      expires_at: iso(expires_at),
    })
    .execute()
  return token
}

/** Puts a second factor on the account, through the API. */
export async function protect(world: World, email: string): Promise<void> {
  if (world.authenticators.has(email)) return
  const token = await tokenOf(world, email)
  const { body } = await world.server.call('POST', '/security/generate_qrcode', { token })
  rememberAuthenticator(world, email, body.data.url)
  const answer = await world.server.call('POST', '/security/enable_2fa', {
    token,
    json: { code: codeOf(world, email) },
  })
  if (answer.status !== 201) throw new Error(`2FA of ${email} could not be enabled: ${JSON.stringify(answer.body)}`)
  await discardMessages(world)
}

/** Takes up the secret of an `otpauth:` URL. */
export function rememberAuthenticator({ authenticators, server }: World, email: string, url: string): void {
  authenticators.set(email, authenticatorOf(server, url))
}

/** A code of the account's authenticator that was not used yet; without a leading zero, so that it may be sent as a number. */
export function codeOf({ authenticators }: World, email: string): string {
  const authenticator = authenticators.get(email)
  if (!authenticator) throw new Error(`${email} has no authenticator.`)
  let code = authenticator.next()
  while (code.startsWith('0')) code = authenticator.next()
  return code
}

/** Forgets what preparations caused. */
export async function discardMessages({ server }: World): Promise<void> {
  await server.deliver()
  server.mails.length = 0
  server.sms.length = 0
  server.events.length = 0
}

/** The token of the link in a mail. */
export const tokenIn = (text = ''): string | undefined => /_token=([\w-]+)/.exec(text)?.[1]
