import { iso, SECOND } from '../../lib/clock.ts'
import { type Bareness, createBareness } from './bareness.ts'
import { type ChainedRecord, hashAfter, type Link, START } from './chain.ts'
import { type Checkpoint, type FindKey, judgeSignature, parseCheckpoint } from './checkpoints.ts'

/** What a log is read as: records in the order of the chain, each checkpoint after the record it signs. */
export type LogItem = { record: ChainedRecord } | { checkpoint: string } | { unreadable: string }

/** The first thing that is wrong with a log. */
export interface Break {
  what: 'record' | 'checkpoint'
  /** Place of the record; of a checkpoint, the place of the last record before it. */
  seq: number
  why: string
}

/** What came out of a verification. */
export interface Verdict {
  broken: Break | undefined
  records: number
  checkpoints: number
  /** Place of the last record under a checkpoint whose signature is right. */
  signed: number
  /** ISO 8601; null when nothing is signed. */
  signed_at: string | null
}

export interface VerificationOptions {
  find: FindKey
  /** Checkpoints kept elsewhere, which the log must still hold. */
  anchors?: readonly string[]
  /** Is told after each record how many were read. */
  progress?: (records: number) => void
}

/** How far a verification has come. */
interface Reading {
  find: FindKey
  head: Link
  bareness: Bareness
  checkpoints: number
  latest: Checkpoint | undefined
  /** The latest whose signature is right. */
  trusted: Checkpoint | undefined
  /** Where the first checkpoint reaches that signs more records than came. */
  ahead: number | undefined
  /** Hashes that checkpoints kept elsewhere ask for, by place. */
  anchors: Map<number, string>
}

/** Verifies a log while it is read; holds no more in memory than the places that were erased and not yet accounted for. */
export async function verifyLog(
  items: AsyncIterable<LogItem> | Iterable<LogItem>,
  { find, anchors = [], progress }: VerificationOptions,
): Promise<Verdict> {
  const reading: Reading = {
    find,
    head: START,
    bareness: createBareness(),
    checkpoints: 0,
    latest: undefined,
    trusted: undefined,
    ahead: undefined,
    anchors: new Map(),
  }
  const broken = takeAnchors(reading, anchors) ?? (await read(reading, items, progress)) ?? finish(reading)
  return verdictOf(reading, broken)
}

const verdictOf = ({ head, checkpoints, trusted }: Reading, broken: Break | undefined): Verdict => ({
  broken,
  records: head.seq,
  checkpoints,
  signed: trusted?.seq ?? 0,
  signed_at: trusted ? iso(trusted.signed_at * SECOND) : null,
})

async function read(
  reading: Reading,
  items: AsyncIterable<LogItem> | Iterable<LogItem>,
  progress: VerificationOptions['progress'],
): Promise<Break | undefined> {
  for await (const item of items) {
    const broken = take(reading, item)
    if (broken) return broken
    if ('record' in item) progress?.(reading.head.seq)
  }
  return undefined
}

function take(reading: Reading, item: LogItem): Break | undefined {
  if ('record' in item) return takeRecord(reading, item.record)
  if ('checkpoint' in item) return takeCheckpoint(reading, item.checkpoint)
  return { what: 'record', seq: reading.head.seq + 1, why: item.unreadable }
}

function takeAnchors({ find, anchors }: Reading, kept: readonly string[]): Break | undefined {
  for (const jws of kept) {
    const anchor = parseCheckpoint(jws)
    if (!anchor || judgeSignature(find, jws) !== 'right') {
      return { what: 'checkpoint', seq: anchor?.seq ?? 0, why: 'the one kept elsewhere is not signed by a known key' }
    }
    anchors.set(anchor.seq, anchor.hash)
  }
  return undefined
}

function takeRecord(reading: Reading, record: ChainedRecord): Break | undefined {
  const { head, bareness, anchors, ahead } = reading
  if (ahead !== undefined && record.seq === head.seq + 1) return misplaced(head, ahead)
  const why = faultOf(record, head) ?? bareness.take(record)
  if (why !== undefined) return { what: 'record', seq: head.seq + 1, why }
  reading.head = { seq: record.seq, hash: record.hash }
  const anchored = anchors.get(record.seq)
  if (anchored !== undefined && anchored !== record.hash) return rewritten(reading, 'a checkpoint kept elsewhere')
  return undefined
}

/** What is wrong with a record as the one after `head`. */
function faultOf(record: ChainedRecord, head: Link): string | undefined {
  if (record.seq > head.seq + 1) return 'it is missing'
  if (record.seq !== head.seq + 1) return `the record ${record.seq} stands in its place`
  if (record.previous_hash !== head.hash) return 'it does not carry the hash of the record before'
  if (record.hash !== hashAfter(head, record)) return 'it was changed, or its hash was'
  return undefined
}

function takeCheckpoint(reading: Reading, jws: string): Break | undefined {
  const { find, head, latest, ahead } = reading
  if (ahead !== undefined) return undefined
  const checkpoint = parseCheckpoint(jws)
  const signature = judgeSignature(find, jws)
  const refused = (why: string): Break => ({ what: 'checkpoint', seq: head.seq, why })
  if (!checkpoint) return refused('it is no checkpoint')
  if (signature === 'wrong') return refused('its signature is wrong')
  if (checkpoint.previous !== (latest?.digest ?? null)) return refused('it does not follow the checkpoint before')
  const isRight = signature === 'right'
  if (isRight && checkpoint.seq > head.seq) {
    // Either no more records come, or it stands too early.
    reading.ahead = checkpoint.seq
    return undefined
  }
  if (checkpoint.seq !== head.seq) return misplaced(head, checkpoint.seq)
  if (isRight && checkpoint.hash !== head.hash) return rewritten(reading, 'the checkpoint after them')
  if (checkpoint.hash !== head.hash) return refused('it does not sign the record before it')
  reading.checkpoints += 1
  reading.latest = checkpoint
  if (isRight) reading.trusted = checkpoint
  return undefined
}

const misplaced = ({ seq }: Link, signs: number): Break => ({
  what: 'checkpoint',
  seq,
  why: `it signs the records up to ${signs}`,
})

/** The chain itself is whole, but not the one that was signed. */
function rewritten({ head, trusted }: Reading, by: string): Break {
  const from = (trusted?.seq ?? 0) + 1
  const why = `one of the records ${from} to ${head.seq} is not what ${by} signs, and those after it were chained anew`
  return { what: 'record', seq: from, why }
}

function missing({ head }: Reading, upTo: number, by: string): Break {
  const why = `the records ${head.seq + 1} to ${upTo} are missing, which ${by} signs`
  return { what: 'record', seq: head.seq + 1, why }
}

/** What is only known at the end. */
function finish(reading: Reading): Break | undefined {
  const { head, latest, trusted, anchors, bareness, ahead } = reading
  if (ahead !== undefined) return missing(reading, ahead, 'a checkpoint')
  const beyond = Math.max(...anchors.keys())
  if (beyond > head.seq) return missing(reading, beyond, 'a checkpoint kept elsewhere')
  if (!latest && head.seq > 0) return { what: 'record', seq: 1, why: 'there is no checkpoint at all' }
  if (latest !== trusted) {
    // An older checkpoint is vouched for by those after it; the latest has none.
    return { what: 'checkpoint', seq: head.seq, why: 'the latest one is not signed by a known key' }
  }
  const bare = bareness.firstUnexplained()
  if (!bare) return undefined
  return { what: 'record', seq: bare.seq, why: `its ${bare.part} was removed, and no record of an erasure tells so` }
}
