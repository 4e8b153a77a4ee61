import { seconds } from '../../../src/lib/clock.ts'
import type { RowPatch } from '../../../src/platform/db/schema.ts'
import { aJws } from '../../support/client-keys.ts'
import type { Recording } from '../recordings.ts'
import { at, codeOf, person, protect, put, tokenOf, type World } from '../world.ts'
import type { Preparation } from './preparation.ts'

const AK = 'ak@example.com'
/** Recorded ids of two keys. */
const FIRST = 'e52aa727-0890-43f8-a1a1-cd5a2a4a2f60'
const SECOND = '2b5c1332-ca78-4c90-b7c2-4dd8d47612a7'
/** The second `iat` that was recorded in the tokens of programs. */
const RECORDED_NOW = 1_795_292_356

export const apiKeyPreparations: readonly Preparation[] = [
  [/^apikey_(?!no2fa|no_token)/, (world) => protect(world, AK)],
  [/^apikey_get_other_account$/, (world) => protect(world, 'ak9@example.com')],
  [/^apikey_/, learnKeys],
  [
    /^apikey_get_upcase$/,
    async ({ known, once }) => void once.set(FIRST.toUpperCase(), known.get(FIRST)?.toUpperCase() ?? ''),
  ],
  [/^apikey_patch_state_active$/, secondKey],
  [/^verify_api_key_ok_account$/, async (world) => void world.once.set('ID9393A65ACF', (await person(world, AK)).uid)],
  [/^verify_api_key_inactive$/, (world) => patchKey(world, { state: 'inactive' })],
  [/^gen_jwt_/, (world) => patchKey(world, { state: 'active', public_key: world.keys.own.public_key, scopes: null })],
  [/^gen_jwt_decoded$/, (world) => patchKey(world, { scopes: 'trade,withdraw' })],
  [/^gen_jwt_(null_scopes_)?decoded$/, exchange],
  [/^gen_jwt_token_as_bearer$/, async ({ once, token }) => void once.set(`<jwt session ${AK}>`, token ?? '')],
  [/^gen_jwt_key_is_private$/, (world) => patchKey(world, { public_key: base64url(privatePem(world)) })],
  [/^gen_jwt_key_is_junk$/, (world) => patchKey(world, { public_key: 'junk' })],
  [/^gen_jwt_key_is_raw_pem$/, (world) => patchKey(world, { public_key: world.keys.own.pem })],
  [
    /^gen_jwt_key_std_b64$/,
    (world) => patchKey(world, { public_key: Buffer.from(world.keys.own.pem).toString('base64') }),
  ],
  [/^gen_jwt_/, programsToken],
  [/^verify_api_key_discarded_account$/, (world) => put(world, AK, { discarded_at: at(world, 0) })],
  [
    /^gen_jwt_locked_blocked_no2fa_account$/,
    (world) => put(world, AK, { discarded_at: null, locked_at: at(world, 0), state: 'blocked', otp_enabled_at: null }),
  ],
]

/** The recorded public keys stand for ours, whose private keys we have. */
async function learnKeys({ known, keys }: World, recording: Recording): Promise<void> {
  const own = [keys.own.public_key, keys.other.public_key]
  for (const text of JSON.stringify(recording).match(/LS0tLS1[\w+/=-]{200,}/g) ?? []) {
    if (!known.has(text)) known.set(text, own.find((candidate) => ![...known.values()].includes(candidate)) ?? '')
  }
}

async function secondKey(world: World): Promise<void> {
  const json = {
    public_key: world.keys.own.public_key,
    scopes: 'trade,withdraw',
    expires_in: 60,
    totp_code: codeOf(world, AK),
  }
  const { body } = await world.server.call('POST', '/api_keys', { token: await tokenOf(world, AK), json })
  world.known.set(SECOND, body.uid)
}

async function patchKey({ server, known }: World, patch: RowPatch<'api_keys'>): Promise<void> {
  await server.deps.db
    .updateTable('api_keys')
    .set(patch)
    .where('uid', '=', known.get(FIRST) ?? '')
    .execute()
}

async function exchange(world: World, recording: Recording): Promise<void> {
  await programsToken(world, recording)
  const json = { kid: world.known.get(FIRST), jwt_token: world.once.get('<jwt api_key_jwt external>') }
  const { body } = await world.server.call('POST', '/sessions/generate_jwt', { json })
  world.token = body.token
}

const STANDARD = { sub: 'api_key_jwt', iss: 'external', iat: RECORDED_NOW, jti: 'abc123', exp: RECORDED_NOW + 3600 }

/** Signs what the recording tells of the program's token, at our time and with a `jti` of its own. */
async function programsToken(world: World, { name, note, request }: Recording): Promise<void> {
  const text = /"jwt_token":"([^"]+)"/.exec(JSON.stringify(request) ?? '')?.[1]?.trim() ?? '<jwt api_key_jwt external>'
  const claims =
    name === 'gen_jwt_empty_payload' ? {} : ourClaims(world, note === undefined ? STANDARD : JSON.parse(note))
  world.once.set(text, tokenFor(world, name, claims))
}

function ourClaims({ server }: World, claims: Record<string, unknown>): Record<string, unknown> {
  const now = seconds(server.clock.now())
  const later = (value: unknown) => (/^\d{10}$/.test(String(value)) ? Number(value) - RECORDED_NOW + now : value)
  const moved = Object.entries(claims).map(([key, value]) => [
    key,
    typeof value === 'string' && key !== 'jti' ? (/^\d{10}$/.test(value) ? String(later(value)) : value) : later(value),
  ])
  const ours = Object.fromEntries(moved)
  return ours.jti === 'abc123' ? { ...ours, jti: `abc123-${process.hrtime.bigint()}` } : ours
}

function tokenFor({ keys }: World, name: string, claims: Record<string, unknown>): string {
  if (name === 'gen_jwt_two_segments') return 'a.b'
  if (name === 'gen_jwt_missing_kid') return 'x'
  const RS256 = { alg: 'RS256', typ: 'JWT' }
  if (name === 'gen_jwt_alg_none') return aJws(keys.own, { alg: 'none' }, claims).replace(/[^.]*$/, '')
  if (name === 'gen_jwt_rs512') return aJws(keys.own, { ...RS256, alg: 'RS512' }, claims, 'sha512')
  if (name === 'gen_jwt_no_alg_header') return aJws(keys.own, {}, claims)
  return aJws(name === 'gen_jwt_wrong_key' ? keys.other : keys.own, RS256, claims)
}

const base64url = (text: string): string => Buffer.from(text).toString('base64url')

const privatePem = ({ keys }: World): string => String(keys.own.private_key.export({ type: 'pkcs8', format: 'pem' }))
