import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account } from '../../platform/db/schema.ts'
import { type Conditions, filterAccounts, type Position, type Stream } from './store.ts'

const errors = defineErrors('directory', {
  cursor: [422, 'cursor must be one that this very list gave'],
})

/** A list of accounts: where they come from in order, and what they must be like besides. */
export interface Search {
  /** What tells this list from others: a cursor of one is none of another. */
  name: string
  stream: Stream
  conditions: Conditions
}

/** A page; the cursors lead on where there is more. */
export interface Page {
  accounts: Account[]
  next: string | null
  previous: string | null
}

/**
 * Accounts that one page looks at: as many as there is time for, and never fewer or more than these. What matches rarely is
 * found over several pages, none of which is slow, whatever the disk is like.
 */
const LOOKED_AT = { least: 500, most: 4000 }
/** Milliseconds. */
const PATIENCE = 40
const CHUNK = 500
const PURPOSE = 'console cursor'

interface Cursor {
  from: Position
  backwards: boolean
}

/** One page of a list. It has fewer accounts than asked for, and a cursor, where looking on would take long. */
export async function pageOf(
  needs: Pick<Deps, 'db' | 'ring'>,
  search: Search,
  { cursor, limit }: { cursor: string | undefined; limit: number },
): Promise<Page> {
  const start = cursor === undefined ? undefined : openCursor(needs, search, cursor)
  const backwards = start?.backwards ?? false
  const { found, ended, last } = await collect(needs, search, { from: start?.from, backwards }, limit + 1)
  const page = found.slice(0, limit)
  const more = found.length > limit || !ended
  const onward = found.length > limit ? page.at(-1)?.place : last
  const accounts = page.map(({ account }) => account)
  const link = (from: Position | undefined, back: boolean) =>
    from === undefined ? null : needs.ring.seal(PURPOSE, search.name, JSON.stringify({ from, backwards: back }))
  const on = more ? link(onward, backwards) : null
  const back = start ? link(page[0]?.place ?? start.from, !backwards) : null
  return backwards ? { accounts: accounts.reverse(), next: back, previous: on } : { accounts, next: on, previous: back }
}

interface Found {
  account: Account
  place: Position
}

/** Goes along the stream in growing strides until enough were found, nothing is left, or it took too long. */
async function collect(
  { db }: Pick<Deps, 'db'>,
  { stream, conditions }: Search,
  { from, backwards }: { from: Position | undefined; backwards: boolean },
  wanted: number,
): Promise<{ found: Found[]; ended: boolean; last: Position | undefined }> {
  const found: Found[] = []
  let last = from
  let stride = wanted
  const deadline = performance.now() + PATIENCE
  const mayLookOn = (lookedAt: number): boolean =>
    lookedAt < LOOKED_AT.least || (lookedAt < LOOKED_AT.most && performance.now() < deadline)
  for (let lookedAt = 0; mayLookOn(lookedAt); stride = Math.min(stride * 4, CHUNK)) {
    const places = await stream(db, { from: last, backwards, limit: stride })
    const ids = places.map(({ id }) => id)
    const accounts = new Map((await filterAccounts(db, ids, conditions)).map((account) => [account.id, account]))
    for (const place of places) {
      const account = accounts.get(place.id)
      if (account) found.push({ account, place })
    }
    last = places.at(-1) ?? last
    lookedAt += places.length
    if (places.length < stride) return { found, ended: true, last }
    if (found.length >= wanted) break
  }
  return { found, ended: false, last }
}

function openCursor({ ring }: Pick<Deps, 'ring'>, { name }: Search, text: string): Cursor {
  try {
    return JSON.parse(ring.open(PURPOSE, name, text).toString())
  } catch (cause) {
    throw errors.cursor({ cause })
  }
}
