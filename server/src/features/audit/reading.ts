import type { Db } from '../../platform/db/db.ts'
import { parseCheckpoint } from './checkpoints.ts'
import { findLatestCheckpoint, listChained, listCheckpoints } from './store.ts'
import type { LogItem } from './verification.ts'

const PAGE = 1000

/**
 * The log of a database that goes on meanwhile, a page at a time. It ends at the latest checkpoint of the moment when it
 * began, and with whatever records came after.
 */
export async function* readDatabase(db: Db): AsyncGenerator<LogItem> {
  const checkpoints = readCheckpoints(db, (await findLatestCheckpoint(db))?.id ?? 0)
  let next = await checkpoints.next()
  for await (const record of readRecords(db)) {
    yield { record }
    while (!next.done && placeOf(next.value) <= record.seq) {
      yield { checkpoint: next.value }
      next = await checkpoints.next()
    }
  }
  for (; !next.done; next = await checkpoints.next()) yield { checkpoint: next.value }
}

async function* readRecords(db: Db) {
  for (let after = 0; ; ) {
    const page = await listChained(db, after, PAGE)
    yield* page
    after = page.at(-1)?.seq ?? after
    if (page.length < PAGE) return
  }
}

async function* readCheckpoints(db: Db, upTo: number): AsyncGenerator<string, undefined> {
  for (let after = 0; ; ) {
    const page = await listCheckpoints(db, after, upTo, PAGE)
    for (const { jws } of page) yield jws
    after = page.at(-1)?.id ?? after
    if (page.length < PAGE) return
  }
}

/** Where a checkpoint belongs; one that cannot be read comes at once. */
const placeOf = (jws: string): number => parseCheckpoint(jws)?.seq ?? 0
