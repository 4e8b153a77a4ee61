import { oldestRemover } from '../../platform/db/batches.ts'
import type { Db } from '../../platform/db/db.ts'

/** What is told of tokens that may still be shown, oldest first: everything, or so much of what was recorded then or later. */
export function listRevocations(db: Db, now: string, part?: { since: string; limit: number }) {
  const all = db
    .selectFrom('revocations')
    .select(['target', 'issued_before', 'recorded_at', 'expires_at'])
    .where('expires_at', '>', now)
    .orderBy('recorded_at')
    .orderBy('id')
  return (part ? all.where('recorded_at', '>=', part.since).limit(part.limit) : all).execute()
}

/** By what it is seen that something is new: the newest row, and how many there are since then, as rows may be committed late. */
export function newestRevocations(db: Db, since: string) {
  return db
    .selectFrom('revocations')
    .select(({ fn, selectFrom }) => [
      fn.max('id').as('id'),
      selectFrom('revocations')
        .select((count) => count.fn.countAll().as('recent'))
        .where('recorded_at', '>=', since)
        .as('recent'),
    ])
    .executeTakeFirstOrThrow()
}

/** Removes a batch of those whose last token has expired; returns how many. */
export const deleteExpiredRevocations = oldestRemover('revocations', 'expires_at')
