import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isStorable } from '../../lib/storable.ts'
import { countLabelKind, findLabelKindAfter } from './level-store.ts'
import type { UsedLabels } from './schema.ts'

const errors = defineErrors('labels', { cursor: [422, 'cursor is not one that was given out'] })

/** Counting ends here: nobody needs to know a million to the last one, and an index is read no further. */
const COUNTED = 10_000
const LIMIT = 25

/** The kinds of labels that accounts have, each found and counted in an index. */
export async function listUsedLabels(
  { db }: Pick<Deps, 'db'>,
  { cursor, limit = LIMIT }: { cursor?: string; limit?: number },
): Promise<Static<typeof UsedLabels>> {
  const items: Static<typeof UsedLabels>['items'] = []
  let place = cursor === undefined ? { scope: '', key: '', value: '' } : placeOf(cursor)
  while (items.length < limit) {
    const kind = await findLabelKindAfter(db, place)
    if (!kind) return { items, next: null }
    const count = await countLabelKind(db, kind, COUNTED + 1)
    items.push({ ...kind, count: Math.min(count, COUNTED), or_more: count > COUNTED })
    place = kind
  }
  const next = (await findLabelKindAfter(db, place)) ? JSON.stringify([place.scope, place.key, place.value]) : null
  return { items, next: next === null ? null : Buffer.from(next).toString('base64url') }
}

function placeOf(cursor: string): { scope: string; key: string; value: string } {
  const [scope, key, value] = parsed(Buffer.from(cursor, 'base64url').toString())
  if (typeof scope !== 'string' || typeof key !== 'string' || typeof value !== 'string') throw errors.cursor()
  if (!isStorable([scope, key, value])) throw errors.cursor()
  return { scope, key, value }
}

function parsed(text: string): unknown[] {
  try {
    const list: unknown = JSON.parse(text)
    return Array.isArray(list) ? list : []
  } catch {
    return []
  }
}
