import type { Deps } from '../../deps.ts'
import { DAY, iso, MINUTE, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Algorithm } from '../../platform/crypto/jws.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Row } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'
import { ALGORITHMS, sealSigningKey } from './key-pairs.ts'
import { deleteSigningKeys, insertSigningKey, listSigningKeys, rotateAlone } from './store.ts'

const errors = defineErrors('signing-keys', {
  noKey: [404, 'There is no such key in the database'],
  tooMany: [
    422,
    'There are 20 keys of this algorithm already; those that signed last go when their tokens have expired',
  ],
})

/** Keys of one algorithm: all are published, and read by whoever verifies tokens. */
const MOST = 20

export type RotationNeeds = Pick<Deps, 'db' | 'clock' | 'ring' | 'config' | 'generateKey'>

/** The longest that a token lives, and a little for clocks that differ. */
const LONGEST_TOKEN = DAY + 5 * MINUTE

/** Sees to it that every algorithm has a key; at the first start they sign at once, for nobody knows others yet. */
export async function ensureSigningKeys(needs: RotationNeeds): Promise<void> {
  await rotateAlone(needs.db, async (tx) => {
    const rows = await listSigningKeys(tx)
    for (const algorithm of ALGORITHMS) {
      if (!rows.some((row) => row.algorithm === algorithm)) await addKey(needs, tx, algorithm, needs.clock.now())
    }
  })
}

/** Makes a successor for every key, or for one algorithm's: published now, signing after KEY_PUBLISHED_AHEAD. */
export async function rotateSigningKeys(needs: RotationNeeds, only?: Algorithm): Promise<void> {
  await rotateAlone(needs.db, async (tx) => {
    const active_from = needs.clock.now() + needs.config.values.KEY_PUBLISHED_AHEAD * SECOND
    const rows = await listSigningKeys(tx)
    for (const algorithm of only ? [only] : ALGORITHMS) {
      if (rows.filter((row) => row.algorithm === algorithm).length >= MOST) throw errors.tooMany()
      await addKey(needs, tx, algorithm, active_from)
    }
    await retire(needs, tx)
  })
}

/** Rotates what is older than KEY_ROTATION_DAYS and removes what no token needs any more; of many processes one does it. */
export async function rotateDueKeys(needs: RotationNeeds): Promise<number> {
  const days = needs.config.values.KEY_ROTATION_DAYS
  const now = needs.clock.now()
  const isDue = (rows: Row<'signing_keys'>[], algorithm: Algorithm) => {
    const newest = rows.find((row) => row.algorithm === algorithm)
    return days > 0 && newest !== undefined && now - parseIso(newest.active_from) >= days * DAY
  }
  const seen = await listSigningKeys(needs.db)
  if (!ALGORITHMS.some((algorithm) => isDue(seen, algorithm)) && retired(seen, now).length === 0) return 0
  await rotateAlone(needs.db, async (tx) => {
    const rows = await listSigningKeys(tx)
    const due = ALGORITHMS.filter((algorithm) => isDue(rows, algorithm))
    for (const algorithm of due)
      await addKey(needs, tx, algorithm, now + needs.config.values.KEY_PUBLISHED_AHEAD * SECOND)
    await retire(needs, tx)
  })
  return 0
}

/**
 * Takes a key that somebody else has out of use at once: nothing it signed counts any more, and where it signs now a new one does
 * from this moment on, for the time of publishing it first is what the thief would have. Throws a 404 where there is no such key.
 */
export async function revokeSigningKey(needs: RotationNeeds, kid: string): Promise<void> {
  await rotateAlone(needs.db, async (tx) => {
    const now = needs.clock.now()
    const rows = await listSigningKeys(tx)
    const revoked = rows.find((row) => row.kid === kid)
    const algorithm = ALGORITHMS.find((known) => known === revoked?.algorithm)
    if (!revoked || !algorithm) throw errors.noKey()
    const signing = rows.find((row) => row.algorithm === algorithm && parseIso(row.active_from) <= now)
    if (signing === undefined || signing.kid === kid) await addKey(needs, tx, algorithm, now)
    await deleteSigningKeys(tx, [kid])
    await audit(needs, tx, { action: 'key.revoked', account_id: null, details: { kid, algorithm } })
  })
}

async function addKey(
  { clock, config, ring, generateKey }: RotationNeeds,
  tx: Tx,
  algorithm: Algorithm,
  active_from: number,
): Promise<void> {
  const key = generateKey(algorithm, config.values.JWT_KEY_BITS)
  await insertSigningKey(tx, {
    kid: key.kid,
    algorithm,
    private_sealed: sealSigningKey(ring, key),
    created_at: iso(clock.now()),
    active_from: iso(active_from),
  })
  await audit({ clock }, tx, { action: 'key.rotated', account_id: null, details: { kid: key.kid, algorithm } })
}

async function retire({ clock }: RotationNeeds, tx: Tx): Promise<void> {
  await deleteSigningKeys(tx, retired(await listSigningKeys(tx), clock.now()))
}

/** Keys whose successor has signed for longer than any token lives. `rows` are newest first. */
function retired(rows: Row<'signing_keys'>[], now: number): string[] {
  const succeeded = new Set<string>()
  const kids: string[] = []
  for (const { algorithm, kid, active_from } of rows) {
    if (succeeded.has(algorithm)) kids.push(kid)
    else if (now - parseIso(active_from) > LONGEST_TOKEN) succeeded.add(algorithm)
  }
  return kids
}
