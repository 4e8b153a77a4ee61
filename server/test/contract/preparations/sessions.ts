import { signAccessToken } from '../../../src/features/signing-keys/signing-keys.ts'
import type { Recording } from '../recordings.ts'
import { at, person, protect, put, tokenOf, type World } from '../world.ts'
import type { Preparation } from './preparation.ts'

const UNLOCKED = { locked_at: null, unlock_digest: null, failed_attempts: 0 }
const S = 's@example.com'
const S2 = 's2@example.com'
const L2 = 'l2@example.com'

export const sessionPreparations: readonly Preparation[] = [
  [/^session_wrong_pw_2$/, (world) => put(world, 'lock@example.com', { failed_attempts: 1 })],
  [
    /^session_lock_expired_2h_ago$/,
    (world) => put(world, 'lock@example.com', { locked_at: at(world, -7200), failed_attempts: 5 }),
  ],
  [/^session_(?!wrong_pw_\d|2fa|state|lock|after|new)/, (world) => put(world, S, UNLOCKED)],
  [/^session_admin$/, async (world) => void (await person(world, 'admin@barong.io'))],
  [/^session_2fa_/, (world) => protect(world, S2)],
  [/^session_2fa_(missing_otp|replay_first)$/, (world) => put(world, S2, UNLOCKED)],
  [/^session_2fa_wrong_pw_good_otp$/, (world) => put(world, S2, { failed_attempts: 1 })],
  [/^session_2fa_5th_failure$/, (world) => put(world, S2, { failed_attempts: 4 })],
  [/^session_2fa_replay_second$/, keepCode],
  [/^session_2fa_vault_key_missing$/, (world) => put(world, S2, { ...UNLOCKED, otp_secret_sealed: null })],
  [/^env_session$/, async (world) => void (await person(world, 'env@example.com'))],
  [/^me_valid_jwt_not_in_db$/, unknownToken],
  [/^me_if_none_match$/, ownEtag],
  [/^me_expired$/, (world) => endedToken(world, { expires_at: at(world, -1) })],
  [/^me_revoked$/, (world) => endedToken(world, { revoked_at: at(world, -1) })],
  [/^me_after_revoke$/, (world) => endedToken(world, { revoked_at: at(world, -1) }, 'mg@example.com')],
  [/^me_discarded$/, (world) => put(world, 'd@example.com', { discarded_at: at(world, 0) })],
  [/^me_locked$/, (world) => put(world, L2, { locked_at: at(world, 0), failed_attempts: 5 })],
  [/^me_state_blocked$/, (world) => put(world, L2, { ...UNLOCKED, state: 'blocked' })],
]

/** Sends the code again that was used up by the recording before. */
export async function keepCode({ codes, once }: World, { request }: Recording): Promise<void> {
  const code = /\b\d{6}\b/.exec(JSON.stringify(request?.json))?.[0] ?? ''
  const used = codes.get(code)
  if (used === undefined) throw new Error(`${code} was not used yet.`)
  once.set(code, used)
}

async function unknownToken({ server, once }: World): Promise<void> {
  const account = await server.deps.db.selectFrom('accounts').selectAll().executeTakeFirstOrThrow()
  const { token } = await signAccessToken(server.deps, account, { audience: [], lifetime: 3600 })
  once.set('<jwt session barong>', token)
}

async function ownEtag(world: World): Promise<void> {
  const { headers } = await world.server.call('GET', '/accounts/me', { token: await tokenOf(world, S) })
  world.once.set('089b800eeb5101a96eee1654adb4cd47', /"(.+)"/.exec(String(headers['etag']))?.[1] ?? '')
}

async function endedToken(
  world: World,
  patch: { expires_at: string } | { revoked_at: string },
  email = S,
): Promise<void> {
  const token = await tokenOf(world, email)
  const { db } = world.server.deps
  const { id } = await db.selectFrom('sessions').select('id').orderBy('id', 'desc').executeTakeFirstOrThrow()
  await db.updateTable('sessions').set(patch).where('id', '=', id).execute()
  world.once.set(`<jwt session ${email}>`, token)
}
