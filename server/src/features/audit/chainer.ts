import { setImmediate as pause, setTimeout as sleep } from 'node:timers/promises'
import type { Deps } from '../../deps.ts'
import { iso, SECOND, seconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import { type ChainedRecord, hashAfter, type Link } from './chain.ts'
import { type Checkpoint, judgeSignature, parseCheckpoint, signCheckpoint } from './checkpoints.ts'
import { recordAct } from './recording.ts'
import {
  awaitTurn,
  findHead,
  findLatestCheckpoint,
  findLink,
  insertCheckpoint,
  listUnchained,
  setLinks,
  takeTurn,
} from './store.ts'

const errors = defineErrors('audit', {
  broken: [
    500,
    'The audit log is not what was signed, and is signed no more; `barong audit verify` tells where it breaks',
  ],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'keys' | 'log'>

/** Records chained by one transaction, and by one statement of it. */
const BATCH = 1000
const STATEMENT = 100
const PAUSE = SECOND
/** The chain is signed when so many records came, or so many seconds passed, since it last was. */
const SIGNED_RECORDS = 1000
const SIGNED_SECONDS = 10

/** Chains and signs from now on, every second, until disposed of; any number of processes may do so on one database. */
export function startChaining(needs: Needs): AsyncDisposable {
  const stop = new AbortController()
  const ended = chainUntil(stop.signal, needs)
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
      await chainPatiently(needs, true)
    },
  }
}

async function chainUntil(stop: AbortSignal, needs: Needs): Promise<void> {
  while (!stop.aborted) {
    await sleep(PAUSE, undefined, { signal: stop }).catch(() => {})
    if (!stop.aborted) await chainPatiently(needs, false)
  }
}

async function chainPatiently(needs: Needs, sign: boolean): Promise<void> {
  try {
    await chainAll(needs, { sign })
  } catch (error) {
    needs.log.error({ err: error }, 'The audit log could not be chained; it is tried again')
  }
}

/** Chains what waits; with `sign`, waits for its turn and signs even what is not due yet. Returns how many records were chained. */
export async function chainAll(needs: Needs, { sign = false } = {}): Promise<number> {
  let total = 0
  for (;;) {
    const count = await needs.db.transaction().execute((tx) => chainBatch(needs, tx, sign))
    total += count
    if (count < BATCH) return total
    // The embedded database never waits, so others would not get their turn.
    await pause()
  }
}

/** Records that somebody asked for it, chains and signs now, and returns the checkpoint. */
export async function makeCheckpoint(needs: Needs, action: 'audit.signed' | 'audit.exported'): Promise<string> {
  await recordAct(needs, { action, account_id: null })
  await chainAll(needs, { sign: true })
  const latest = await findLatestCheckpoint(needs.db)
  if (!latest || !(await holds(needs, needs.db, latest.jws))) throw errors.broken()
  return latest.jws
}

async function chainBatch(needs: Needs, tx: Tx, sign: boolean): Promise<number> {
  if (sign) await awaitTurn(tx)
  else if (!(await takeTurn(tx))) return 0
  const start = await findHead(tx)
  const head = await chainWaiting(tx, start, BATCH)
  await signIfDue(needs, tx, { start, head, sign })
  return head.seq - start.seq
}

/** Appends up to `limit` of the records that wait, in the order of their ids; returns the new end. The transaction must have its turn. */
export async function chainWaiting(tx: Tx, start: Link, limit: number): Promise<Link> {
  const waiting = await listUnchained(tx, limit)
  const links: ChainedRecord[] = []
  let head = start
  for (const record of waiting) {
    const hash = hashAfter(head, record)
    links.push({ ...record, seq: head.seq + 1, previous_hash: head.hash, hash })
    head = { seq: head.seq + 1, hash }
  }
  for (let at = 0; at < links.length; at += STATEMENT) await setLinks(tx, links.slice(at, at + STATEMENT))
  return head
}

async function signIfDue(
  needs: Needs,
  tx: Tx,
  { start, head, sign }: { start: Link; head: Link; sign: boolean },
): Promise<void> {
  const latest = await findLatestCheckpoint(tx)
  const previous = latest && parseCheckpoint(latest.jws)
  if (!isDue(needs, head, previous, sign)) return
  if (latest && !(await holds(needs, tx, latest.jws))) {
    if (head.seq > start.seq) needs.log.error({ checkpoint: latest.jws }, errors.broken().message)
    return
  }
  const jws = signCheckpoint(needs, head, previous)
  await insertCheckpoint(tx, { jws, created_at: iso(needs.clock.now()) })
  needs.log.info({ checkpoint: jws }, 'The audit log was signed')
}

/** A new key signs at once, so that the latest checkpoint can be verified for as long as there are keys. */
function isDue({ clock, keys }: Needs, head: Link, previous: Checkpoint | undefined, now: boolean): boolean {
  if (!previous) return head.seq > 0
  if (previous.kid !== keys.current('EdDSA').kid) return true
  if (head.seq === previous.seq) return false
  const passed = seconds(clock.now()) - previous.signed_at
  return now || head.seq - previous.seq >= SIGNED_RECORDS || passed >= SIGNED_SECONDS
}

/** Whether the chain still is what the latest checkpoint says. What is broken is never signed over. */
async function holds({ keys }: Pick<Deps, 'keys'>, db: Db, jws: string): Promise<boolean> {
  const checkpoint = parseCheckpoint(jws)
  if (!checkpoint || judgeSignature((kid) => keys.find(kid), jws) === 'wrong') return false
  return (await findLink(db, checkpoint.seq))?.hash === checkpoint.hash
}
