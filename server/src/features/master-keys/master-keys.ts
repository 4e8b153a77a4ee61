import type { Deps } from '../../deps.ts'
import { recordAct } from '../audit/audit.ts'
import { sealedPlaces } from './sealed-places.ts'
import { countSealedByOthers, listSealedByOthers, replaceSealed, type SealedPlace } from './store.ts'

/** Values that one transaction seals anew: long ones would keep the server's own writes waiting. */
const BATCH = 200

type Needs = Pick<Deps, 'db' | 'clock' | 'ring'>

/** How far sealing anew has come in one column. */
export interface Progress {
  /** `table.column`. */
  place: string
  done: number
  total: number
}

/**
 * Seals everything that a former master key sealed under the newest one, in batches, while the servers run. It may be
 * interrupted at any time: what is done is done, and the next run goes on with the rest. Returns how many values it sealed.
 */
export async function rotateMasterKey(needs: Needs, tell: (progress: Progress) => void): Promise<number> {
  let sealed = 0
  for (const place of sealedPlaces) sealed += await rotateColumn(needs, place, tell)
  await recordAct(needs, { action: 'master_key.rotated', account_id: null, details: { sealed } })
  return sealed
}

/** How many values still depend on a former master key. */
export async function countUnderFormerKeys({ db, ring }: Pick<Needs, 'db' | 'ring'>): Promise<number> {
  const counts = await Promise.all(sealedPlaces.map((place) => countSealedByOthers(db, place, ring.id)))
  return counts.reduce((sum, count) => sum + count, 0)
}

async function rotateColumn(needs: Needs, place: SealedPlace, tell: (progress: Progress) => void): Promise<number> {
  const total = await countSealedByOthers(needs.db, place, needs.ring.id)
  let done = 0
  for (let after = 0; ; ) {
    const rows = await listSealedByOthers(needs.db, place, needs.ring.id, after, BATCH)
    const last = rows.at(-1)
    if (!last) return done
    await needs.db.transaction().execute(async (tx) => {
      for (const row of rows) {
        const plain = needs.ring.open(place.purpose, row.context, row.sealed)
        await replaceSealed(tx, place, row, needs.ring.seal(place.purpose, row.context, plain))
      }
    })
    after = last.id
    done += rows.length
    tell({ place: `${place.table}.${place.column}`, done, total: Math.max(total, done) })
  }
}
