import type { Deps } from '../../deps.ts'
import { parseIso, SECOND } from '../../lib/clock.ts'
import { type Algorithm, publicJwk, type SigningKey } from '../../platform/crypto/jws.ts'
import type { SigningKeys } from '../../platform/crypto/signing-keys.ts'
import { openSigningKey } from './key-pairs.ts'
import { ensureSigningKeys, type RotationNeeds } from './rotation.ts'
import { listSigningKeys } from './store.ts'
import { createTokenVerifier } from './token-verifier.ts'

export {
  type AccessTokenDraft,
  type AccessTokenTerms,
  authTimeOf,
  draftAccessToken,
  signAccessToken,
} from './access-token.ts'
export { revokeSigningKey, rotateDueKeys, rotateSigningKeys } from './rotation.ts'

type Needs = RotationNeeds & Pick<Deps, 'log'>

/** After so long the keys are read again; a new key is published for longer than this before it signs. */
const STALE = 20 * SECOND
/** Seconds for which others may keep the published keys. */
export const KEYS_CACHED = 300

/** A key and from when on it signs, in milliseconds. */
interface Dated {
  key: SigningKey
  active_from: number
}

/**
 * Loads the signing keys; the first process makes them. `ownKey` is the operator's own: it signs RS256,
 * and keys in the database go on verifying what they signed.
 */
export async function loadSigningKeys(needs: Needs, ownKey?: SigningKey): Promise<SigningKeys> {
  const own = ownKey ? [{ key: ownKey, active_from: Number.POSITIVE_INFINITY }] : []
  await ensureSigningKeys(needs)
  const listeners: (() => void)[] = []
  let view = viewOf(own, await readKeys(needs), needs.clock.now())
  let reading: Promise<void> | undefined

  const read = async () => {
    const next = viewOf(own, await readKeys(needs), needs.clock.now())
    const changed = next.fingerprint !== view.fingerprint
    view = next
    if (changed) for (const listener of listeners) listener()
  }
  const refresh = () => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  // Also a key that was revoked meanwhile must not verify what comes in after a pause.
  const idle = Math.min(2 * STALE, needs.config.values.KEY_PUBLISHED_AHEAD * SECOND)
  const age = () => needs.clock.now() - view.read_at
  const refreshOrGoOn = () =>
    refresh().catch((error: unknown) =>
      needs.log.error({ err: error }, 'Signing keys could not be read; the known ones go on'),
    )
  const fresh = () => {
    if (age() > STALE && !reading) refreshOrGoOn()
    return view
  }
  const find = (kid: string) => fresh().byKid.get(kid)
  return {
    current: (algorithm = 'RS256') => fresh().current(algorithm, needs.clock.now()),
    find,
    verify: createTokenVerifier(find),
    all: () => fresh().keys,
    jwks: () => fresh().jwks,
    catchUp: () => (age() < idle ? undefined : refreshOrGoOn()),
    refresh,
    onChange: (listener) => {
      listeners.push(listener)
    },
  }
}

async function readKeys({ db, ring }: Needs): Promise<Dated[]> {
  const rows = await listSigningKeys(db)
  return rows.map((row) => ({ key: openSigningKey(ring, row), active_from: parseIso(row.active_from) }))
}

/** The keys as they were read at one moment. `stored` are newest first. */
function viewOf(own: Dated[], stored: Dated[], read_at: number) {
  const isActive = ({ active_from }: Dated) => active_from <= read_at
  const owned = own.map(({ key }) => key)
  const keys = [
    ...owned,
    ...[...stored.filter(isActive), ...stored.filter((dated) => !isActive(dated))].map(({ key }) => key),
  ]
  const current = (algorithm: Algorithm, now: number): SigningKey => {
    const mine = owned.find((key) => key.algorithm === algorithm)
    const newest = stored.find(({ key, active_from }) => key.algorithm === algorithm && active_from <= now)
    const chosen = mine ?? newest?.key ?? keys.find((key) => key.algorithm === algorithm)
    if (!chosen) throw new Error(`There is no key for ${algorithm}.`)
    return chosen
  }
  return {
    read_at,
    keys,
    current,
    byKid: new Map(keys.map((key) => [key.kid, key])),
    jwks: { keys: keys.map(publicJwk) },
    fingerprint: keys.map(({ kid }) => kid).join(' '),
  }
}
