import { randomBytes } from 'node:crypto'
import { createApplication } from '../../server/src/features/applications/applications.ts'
import { createEngine } from '../../server/src/features/oauth/engine.ts'
import { signAccessToken } from '../../server/src/features/signing-keys/signing-keys.ts'
import { iso, SECOND, seconds } from '../../server/src/lib/clock.ts'
import { accountUid, uuid } from '../../server/src/lib/ids.ts'
import { loadConfig } from '../../server/src/platform/config/config.ts'
import type { Account, Application } from '../../server/src/platform/db/schema.ts'
import { frameOf } from '../../server/src/surfaces/frame.ts'
import { wire } from '../../server/src/wire.ts'
import { anRsaKey, type ClientKey } from '../../server/test/support/client-keys.ts'

type Server = Awaited<ReturnType<typeof wire>>

const PASSWORD = 'a quiet river at dawn 7Q'
const PEOPLE = 64
const HOUR = 3600

/** Somebody who was there before the measurement. */
export interface Person {
  email: string
  token: string
  /** Of an API key whose private key is the seed's. */
  kid: string
}

/** What a measurement needs to know of the server's data. */
export interface Seed {
  people: Person[]
  /** One for each connection at most. */
  refresh_tokens: string[]
  key: ClientKey
  application_id: string
  client_id: string
  client_secret: string
  password: string
}

/** Fills the database of a server that is not running with people, sessions, labels, keys and an application. */
export async function seedOurs(environment: Record<string, string>): Promise<Seed> {
  await using server = await wire(loadConfig(environment))
  const { application, secret } = await createApplication(server, {
    name: `Bench ${uuid()}`,
    redirect_uri: 'https://app.example/callback',
    grant_types: 'authorization_code refresh_token client_credentials',
    skipauth: true,
  })
  const password_digest = await server.passwords.hash(PASSWORD)
  const refreshing = refreshTokens(server, application)
  const key = anRsaKey()
  const people: Person[] = []
  const refresh_tokens: string[] = []
  for (let index = 0; index < PEOPLE; index += 1) {
    const account = await aPerson(server, password_digest)
    const token = await aSession(server, account, application.id)
    const kid = await anApiKey(server, account, key.public_key)
    people.push({ email: account.email, token, kid })
    refresh_tokens.push(await refreshing(account))
  }
  const { uid } = application
  return {
    people,
    refresh_tokens,
    key,
    application_id: uid,
    client_id: uid,
    client_secret: secret ?? '',
    password: PASSWORD,
  }
}

async function aPerson({ db, clock }: Server, password_digest: string): Promise<Account> {
  const now = iso(clock.now())
  const account = await db
    .insertInto('accounts')
    .values({
      uid: accountUid(),
      email: `${uuid()}@example.com`,
      password_digest,
      role: 'member',
      level: 1,
      state: 'active',
      confirmed_at: now,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  const labels = ['email', 'phone', 'document'].map((key) => ({
    account_id: account.id,
    key,
    value: 'verified',
    scope: 'private',
    created_at: now,
    updated_at: now,
  }))
  await db.insertInto('labels').values(labels).execute()
  return account
}

async function aSession(server: Server, account: Account, application_id: number): Promise<string> {
  const lifetime = 24 * HOUR
  const { token, jti, issued_at, expires_at } = await signAccessToken(server, account, {
    audience: ['peatio', 'barong'],
    lifetime,
  })
  const now = iso(issued_at)
  const row = {
    jti,
    account_id: account.id,
    application_id,
    authenticated_at: now,
    created_at: now,
    expires_at: iso(expires_at),
  }
  await server.db.insertInto('sessions').values(row).execute()
  return token
}

/** Gives an account an API key; returns its id. */
export async function anApiKey(
  { db, clock }: Pick<Server, 'db' | 'clock'>,
  account: Pick<Account, 'id'>,
  public_key: string,
): Promise<string> {
  const now = iso(clock.now())
  const uid = randomBytes(16).toString('hex')
  const row = {
    uid,
    account_id: account.id,
    public_key,
    scopes: 'trade',
    expires_in: HOUR,
    state: 'active',
    created_at: now,
    updated_at: now,
  }
  await db.insertInto('api_keys').values(row).execute()
  return uid
}

/** What signing in at an application ends with, without the pages in between. */
function refreshTokens(server: Server, application: Application): (account: Account) => Promise<string> {
  const client_id = application.uid
  const provider = createEngine(
    server,
    frameOf(server.config, () => undefined),
  ).provider()
  const scope = 'openid offline_access profile'
  return async (account) => {
    const { uid } = account
    const client = await provider.Client.find(client_id)
    if (!client) throw new Error('The application is gone.')
    const grant = new provider.Grant({ accountId: uid, clientId: client_id })
    grant.addOIDCScope(scope)
    const grantId = await grant.save()
    await aGrantedSession(server, account, application, { grantId, scope })
    const shared = { accountId: uid, client, grantId, gty: 'authorization_code', scope }
    const token = new provider.RefreshToken({ ...shared, iiat: seconds(server.clock.now()), rotations: 0 })
    return token.save()
  }
}

/** The row that stands for what an application was granted. */
async function aGrantedSession(
  { db, clock }: Server,
  account: Account,
  application: Application,
  { grantId, scope }: { grantId: string; scope: string },
): Promise<void> {
  const now = iso(clock.now())
  const row = { jti: grantId, grant_id: grantId, account_id: account.id, application_id: application.id, scopes: scope }
  const expires_at = iso(clock.now() + 24 * HOUR * SECOND)
  await db
    .insertInto('sessions')
    .values({ ...row, authenticated_at: now, created_at: now, expires_at })
    .execute()
}
