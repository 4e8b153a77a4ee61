import { spawn, spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { freePort } from '../../server/test/support/restartable.ts'
import { repeating } from '../load/conversations.ts'
import { type Contender, stop } from './contender.ts'
import { oauthTraffic } from './oauth-traffic.ts'

const PROGRAM = '/usr/bin/glewlwyd'
const TABLES = '/usr/share/doc/glewlwyd/database/init.sqlite3.sql.gz'
const PEOPLE = 64
const PASSWORD = 'a quiet river at dawn 7Q'
const CLIENT = { client_id: 'bench', client_secret: 'b'.repeat(64) }
const SCOPE = 'g_profile'

/** Glewlwyd as Debian ships it, on SQLite; `undefined` where it is not installed. */
export async function startGlewlwyd(): Promise<Contender | undefined> {
  if (!existsSync(PROGRAM) || !existsSync(TABLES)) return undefined
  await using stack = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'barong-bench-'))
  stack.defer(() => rmSync(folder, { recursive: true, force: true }))
  using database = new DatabaseSync(join(folder, 'db'))
  database.exec(gunzipSync(readFileSync(TABLES)).toString())
  const port = await freePort()
  const configuration = join(folder, 'glewlwyd.conf')
  writeFileSync(configuration, settings(port, join(folder, 'db')))
  const child = spawn(PROGRAM, [`--config-file=${configuration}`], { stdio: 'ignore' })
  stack.defer(() => stop(child))
  const call = callerOf(port)
  const admin = await untilIn(call)
  await furnish(call, admin)
  const cookies = await Promise.all(people.map((name) => signIn(call, name, PASSWORD)))
  const refresh_tokens = await Promise.all(people.map((name) => refreshToken(call, name)))
  const { access_token } = await token(call, { grant_type: 'client_credentials', scope: SCOPE })
  const paths = { token_path: '/api/glwd/token', introspection_path: '/api/glwd/introspect' }
  const close = stack.move()
  return {
    name: 'Glewlwyd, SQLite',
    kind: 'peer',
    port,
    pids: () => [child.pid ?? 0],
    works: {
      sign_in: repeating(200, people, (username) => ({
        method: 'POST',
        path: '/api/auth/',
        json: { username, password: PASSWORD },
      })),
      read: repeating(200, cookies, (cookie) => ({ method: 'GET', path: '/api/profile_list', headers: { cookie } })),
      ...oauthTraffic({ ...CLIENT, refresh_tokens, access_token, ...paths, parameters: { scope: SCOPE } }),
    },
    [Symbol.asyncDispose]: () => close.disposeAsync(),
  }
}

/** Its version, as the package says. */
export function glewlwydVersion(): string {
  const { stdout, status } = spawnSync('dpkg-query', ['--show', 'glewlwyd'], { encoding: 'utf8' })
  return status === 0 && existsSync(PROGRAM) ? (stdout.split('\t')[1] ?? '').trim() : 'not installed'
}

const people = Array.from({ length: PEOPLE }, (_, index) => `person${index}`)

const settings = (port: number, file: string): string => `port=${port}
bind_address="127.0.0.1"
external_url="http://127.0.0.1:${port}/"
login_url="login.html"
api_prefix="api"
log_mode="console"
log_level="ERROR"
cookie_secure=0
session_expiration=2419200
session_key="GLEWLWYD2_SESSION_ID"
admin_scope="g_admin"
profile_scope="${SCOPE}"
user_module_path="/usr/lib/glewlwyd/user"
client_module_path="/usr/lib/glewlwyd/client"
user_auth_scheme_module_path="/usr/lib/glewlwyd/scheme"
plugin_module_path="/usr/lib/glewlwyd/plugin"
hash_algorithm="SHA512"
database = { type = "sqlite3" path = "${file}" };
`

type Call = (path: string, init: { headers?: Record<string, string>; body: string }) => Promise<Response>

const callerOf =
  (port: number): Call =>
  async (path, { headers = {}, body }) => {
    const answer = await fetch(`http://127.0.0.1:${port}/api${path}`, { method: 'POST', headers, body })
    if (!answer.ok) throw new Error(`Glewlwyd answered ${answer.status} to ${path}.`)
    return answer
  }

const JSON_TYPE = { 'content-type': 'application/json' }

async function signIn(call: Call, username: string, password: string): Promise<string> {
  const { headers } = await call('/auth/', { headers: JSON_TYPE, body: JSON.stringify({ username, password }) })
  return headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** Signs in as the administrator of a new database, once it answers. */
async function untilIn(call: Call): Promise<string> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await signIn(call, 'admin', 'password')
    } catch (error) {
      if (attempt === 50) throw error
      await sleep(100)
    }
  }
}

/** An OAuth 2 server, a client that may do what is measured, and people. */
async function furnish(call: Call, cookie: string): Promise<void> {
  const post = (path: string, value: object) =>
    call(path, { headers: { ...JSON_TYPE, cookie }, body: JSON.stringify(value) })
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  const parameters = {
    url: 'http://127.0.0.1/',
    'jwt-type': 'rsa',
    'jwt-key-size': '256',
    key: privateKey,
    cert: publicKey,
    'access-token-duration': 3600,
    'refresh-token-duration': 1_209_600,
    'code-duration': 600,
    'refresh-token-rolling': false,
    'auth-type-code-enabled': false,
    'auth-type-implicit-enabled': false,
    'auth-type-password-enabled': true,
    'auth-type-client-enabled': true,
    'auth-type-refresh-enabled': true,
    'introspection-revocation-allowed': true,
    'introspection-revocation-allow-target-client': true,
    scope: [],
  }
  await post('/mod/plugin', { module: 'oauth2-glewlwyd', name: 'glwd', display_name: 'bench', parameters })
  await post('/client/', {
    client_id: CLIENT.client_id,
    name: 'bench',
    enabled: true,
    confidential: true,
    password: CLIENT.client_secret,
    redirect_uri: ['https://app.example/callback'],
    authorization_type: ['client_credentials', 'password', 'refresh_token'],
    scope: [SCOPE],
  })
  for (const username of people)
    await post('/user/', { username, password: PASSWORD, name: username, enabled: true, scope: [SCOPE] })
}

interface Tokens {
  access_token: string
  refresh_token?: string
}

async function token(call: Call, form: Record<string, string>): Promise<Tokens> {
  const authorization = `Basic ${Buffer.from(`${CLIENT.client_id}:${CLIENT.client_secret}`).toString('base64')}`
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await call('/glwd/token', { headers, body: String(new URLSearchParams(form)) })
  const tokens: Tokens = JSON.parse(await answer.text())
  return tokens
}

async function refreshToken(call: Call, username: string): Promise<string> {
  const { refresh_token = '' } = await token(call, {
    grant_type: 'password',
    username,
    password: PASSWORD,
    scope: SCOPE,
  })
  return refresh_token
}
