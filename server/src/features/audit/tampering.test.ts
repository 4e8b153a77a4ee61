import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { emptyLogServer, fillLog, readLog } from '../../../test/support/audit.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import type { TestServer } from '../../../test/support/server.ts'
import { parseJws, signJwt } from '../../platform/crypto/jws.ts'
import type { RowPatch } from '../../platform/db/schema.ts'
import { readDatabase, verifyLog } from './audit.ts'
import { type ChainedRecord, hashAfter, START } from './chain.ts'
import type { FindKey } from './checkpoints.ts'
import type { Break, LogItem } from './verification.ts'

const RECORDS = 240
const SIGNED_EACH = 20

/** A log after somebody's hand was in it, and where that must show: a place, or the first record of a range. */
interface Tampered {
  items: LogItem[]
  what: Break['what']
  seq: number
  /** Or there, where one and the other change differ. */
  orAt?: number
}

/** Changes a log at places that two arbitrary numbers choose. */
type Tampering = (log: Log, one: number, other: number) => Tampered

interface Log {
  items: LogItem[]
  records: ChainedRecord[]
  checkpoints: string[]
}

const logOf = (items: LogItem[]): Log => ({
  items,
  records: items.flatMap((item) => ('record' in item ? [item.record] : [])),
  checkpoints: items.flatMap((item) => ('checkpoint' in item ? [item.checkpoint] : [])),
})

const at = <T>(list: readonly T[], number: number): T => list[number % list.length] ?? assert.fail('The list is empty.')

const replace = (items: LogItem[], old: LogItem | undefined, ...news: LogItem[]): LogItem[] =>
  items.flatMap((item) => (item === old ? news : [item]))

const itemOf = ({ items }: Log, record: ChainedRecord): LogItem | undefined =>
  items.find((item) => 'record' in item && item.record === record)

const checkpointItem = ({ items }: Log, jws: string): LogItem | undefined =>
  items.find((item) => 'checkpoint' in item && item.checkpoint === jws)

const seqSigned = (jws: string): number => Number(parseJws(jws)?.payload['seq'])

/** Another value of the same column. */
function otherValue(record: ChainedRecord, column: keyof ChainedRecord): unknown {
  const value = record[column]
  if (typeof value === 'number') return value + 1
  if (value === null) return column === 'account_id' ? 1 : 'x'
  if (column === 'result') return value === 'ok' ? 'refused' : 'ok'
  return value.startsWith('0') ? `1${value.slice(1)}` : `0${value.slice(1)}`
}

/** Chains records anew, as somebody who knows how would, and leaves the checkpoints as they are. */
function chainAnew(log: Log, change: (records: ChainedRecord[]) => ChainedRecord[]): LogItem[] {
  let head = START
  const records = change(log.records).map((record) => {
    const hash = hashAfter(head, record)
    const link = { seq: head.seq + 1, hash }
    const chained = { ...record, ...link, previous_hash: head.hash }
    head = link
    return chained
  })
  const waiting = [...log.checkpoints]
  const items: LogItem[] = []
  for (const record of records) {
    items.push({ record })
    while (seqSigned(waiting[0] ?? '') === record.seq) items.push({ checkpoint: waiting.shift() ?? '' })
  }
  return [...items, ...waiting.map((checkpoint) => ({ checkpoint }))]
}

/** The first record that the checkpoint over a place signs and the one before does not. */
const signedFrom = (seq: number): number => Math.floor((seq - 1) / SIGNED_EACH) * SIGNED_EACH + 1

const tamperings: Record<string, Tampering> = {
  'a column is changed': (log, one, other) => {
    const record = at(log.records, one)
    const columns: readonly (keyof ChainedRecord)[] = [
      ...(['id', 'created_at', 'action', 'result', 'code', 'request_id', 'actor_kind', 'actor_id', 'address'] as const),
      ...(['user_agent', 'actor_salt', 'actor_commitment', 'account_id', 'details', 'subject_salt'] as const),
      ...(['subject_commitment', 'previous_hash', 'hash'] as const),
    ]
    const column = at(columns, other)
    const changed = { ...record, [column]: otherValue(record, column) }
    return { items: replace(log.items, itemOf(log, record), { record: changed }), what: 'record', seq: record.seq }
  },
  'a record is removed': (log, one) => {
    const record = at(log.records, one)
    return { items: replace(log.items, itemOf(log, record)), what: 'record', seq: record.seq }
  },
  'several records are removed': (log, one, other) => {
    const from = at(log.records, one).seq
    const upTo = from + (other % 30)
    const items = log.items.filter((item) => !('record' in item) || item.record.seq < from || item.record.seq > upTo)
    return { items, what: 'record', seq: from }
  },
  'a record is put in between': (log, one, other) => {
    const record = at(log.records, one)
    const foreign = { ...at(log.records, other), id: 9_999_999, seq: record.seq + 1, previous_hash: record.hash }
    const items = replace(log.items, itemOf(log, record), { record }, { record: foreign })
    return { items, what: 'record', seq: record.seq + 1 }
  },
  'a record is doubled': (log, one) => {
    const record = at(log.records, one)
    const items = replace(log.items, itemOf(log, record), { record }, { record })
    return { items, what: 'record', seq: record.seq + 1 }
  },
  'two records change places': (log, one, other) => {
    const first = at(log.records, one)
    const second = at(log.records, one + 1 + (other % (RECORDS - 1)))
    const swapped = log.items.map((item) => {
      if (!('record' in item)) return item
      if (item.record === first) return { record: { ...second, seq: first.seq } }
      return item.record === second ? { record: { ...first, seq: second.seq } } : item
    })
    return { items: swapped, what: 'record', seq: Math.min(first.seq, second.seq) }
  },
  'the end is cut off': (log, one) => {
    const { seq } = at(log.records, one)
    const items = log.items.filter((item) => !('record' in item) || item.record.seq < seq)
    return { items, what: 'record', seq }
  },
  'who it was is removed': (log, one, other) => {
    const record = at(log.records, one)
    const bare =
      other % 2 === 0
        ? { ...record, actor_id: null, address: null, user_agent: null, actor_salt: null }
        : { ...record, account_id: null, details: null, subject_salt: null }
    return { items: replace(log.items, itemOf(log, record), { record: bare }), what: 'record', seq: record.seq }
  },
  'a record is changed and all after it chained anew': (log, one) => {
    const { seq } = at(log.records, one)
    const items = chainAnew(log, (records) =>
      records.map((record) => (record.seq === seq ? { ...record, action: 'label.deleted!' } : record)),
    )
    return { items, what: 'record', seq: signedFrom(seq) }
  },
  'a record is removed and all after it chained anew': (log, one) => {
    const { seq } = at(log.records, one % (RECORDS - SIGNED_EACH))
    const items = chainAnew(log, (records) => records.filter((record) => record.seq !== seq))
    return { items, what: 'record', seq: signedFrom(seq) }
  },
  'a record is put in and all after it chained anew': (log, one, other) => {
    const { seq } = at(log.records, one)
    const foreign = { ...at(log.records, other), id: 9_999_999 }
    const items = chainAnew(log, (records) => records.toSpliced(seq - 1, 0, foreign))
    return { items, what: 'record', seq: signedFrom(seq) }
  },
  'a letter of a checkpoint is changed': (log, one, other) => {
    const jws = at(log.checkpoints, one)
    const place = other % jws.length
    const changed = `${jws.slice(0, place)}${jws[place] === 'A' ? 'B' : 'A'}${jws.slice(place + 1)}`
    const items = replace(log.items, checkpointItem(log, jws), { checkpoint: changed })
    // Where the name of its key is another one, the checkpoint after it tells.
    return { items, what: 'checkpoint', seq: seqSigned(jws), orAt: Math.min(seqSigned(jws) + SIGNED_EACH, RECORDS) }
  },
  'a checkpoint is forged with another key': (log, one) => {
    const jws = at(log.checkpoints, one)
    const { payload } = parseJws(jws) ?? assert.fail()
    const items = replace(log.items, checkpointItem(log, jws), { checkpoint: forge(payload) })
    // The one after it tells, unless it is the last.
    return { items, what: 'checkpoint', seq: Math.min(seqSigned(jws) + SIGNED_EACH, RECORDS) }
  },
  'a checkpoint is moved': (log, one, other) => {
    const jws = at(log.checkpoints, one)
    const target = at(log.checkpoints, one + 1 + (other % (log.checkpoints.length - 1)))
    const without = replace(log.items, checkpointItem(log, jws))
    const there = without.find((item) => 'checkpoint' in item && item.checkpoint === target)
    const items = replace(without, there, { checkpoint: target }, { checkpoint: jws })
    const [from, to] = [seqSigned(jws), seqSigned(target)]
    // Whichever of the two comes first: the one moved, or the one that misses it.
    return { items, what: 'checkpoint', seq: to < from ? to : from + SIGNED_EACH }
  },
  'a checkpoint but the last is removed': (log, one) => {
    const jws = at(log.checkpoints.slice(0, -1), one)
    const items = replace(log.items, checkpointItem(log, jws))
    return { items, what: 'checkpoint', seq: seqSigned(jws) + SIGNED_EACH }
  },
}

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const foreignKey = { kid: 'foreign', algorithm: 'EdDSA', private_key: privateKey, public_key: publicKey } as const
const forge = (claims: object): string => signJwt(foreignKey, claims, 'audit-checkpoint+jwt')

describe('A log that was tampered with', () => {
  let log: Log
  let find: FindKey
  before(async () => {
    await using server = await emptyLogServer('sqlite:')
    await fillLog(server, RECORDS, SIGNED_EACH)
    log = logOf(await readLog(server))
    const keys = new Map(server.deps.keys.all().map((key) => [key.kid, key]))
    find = (kid) => keys.get(kid)
  })

  test('is whole before', async () => {
    const verdict = await verifyLog(log.items, { find })
    assert.deepEqual(
      [verdict.broken, verdict.records, verdict.checkpoints],
      [undefined, RECORDS, RECORDS / SIGNED_EACH],
    )
  })

  for (const [name, tamper] of Object.entries(tamperings)) {
    test(`shows it when ${name}, and where`, () =>
      fc.assert(
        fc.asyncProperty(fc.nat(), fc.nat(), async (one, other) => {
          const { items, what, seq, orAt = seq } = tamper(log, one, other)
          const { broken } = await verifyLog(items, { find })
          assert.equal(broken?.what, what)
          assert.ok([seq, orAt].includes(broken?.seq ?? 0), `${seq} is where it is, ${broken?.seq} is where it shows`)
        }),
        { numRuns: 200 },
      ))
  }

  test('is not taken for signed when all of it was made by somebody else', async () => {
    const items = log.items.filter((item) => 'record' in item)
    const end = log.records.at(-1) ?? assert.fail()
    const checkpoint = forge({ iss: 'barong', iat: 1, seq: end.seq, hash: end.hash, previous: null })
    const forged = await verifyLog([...items, { checkpoint }], { find })
    assert.deepEqual([forged.broken?.what, forged.signed], ['checkpoint', 0])
    const unsigned = await verifyLog(items, { find })
    assert.deepEqual(unsigned.broken, { what: 'record', seq: 1, why: 'there is no checkpoint at all' })
  })
})

onEachDatabase('A log that was tampered with in the database', (newDatabase) => {
  let server: TestServer
  before(async () => {
    server = await emptyLogServer(await newDatabase())
    await fillLog(server, 60, 20)
  })
  after(() => server[Symbol.asyncDispose]())
  const firstBreak = async () => {
    const { broken } = await verifyLog(readDatabase(server.deps.db), { find: (kid) => server.deps.keys.find(kid) })
    return broken && [broken.what, broken.seq]
  }

  // ASVS 16.4.2
  test('shows where, and is whole again once it is put right', async () => {
    const { db } = server.deps
    const row = await db.selectFrom('audit_records').selectAll().where('seq', '=', 33).executeTakeFirstOrThrow()
    const patches: RowPatch<'audit_records'>[] = [{ code: 'tests.other' }, { address: '203.0.113.9' }, { seq: null }]
    for (const patch of patches) {
      await db.updateTable('audit_records').set(patch).where('id', '=', row.id).execute()
      assert.deepEqual(await firstBreak(), ['record', 33], JSON.stringify(patch))
      const { id, ...values } = row
      await db.updateTable('audit_records').set(values).where('id', '=', id).execute()
      assert.equal(await firstBreak(), undefined)
    }
    await db.deleteFrom('audit_records').where('seq', '=', 7).execute()
    assert.deepEqual(await firstBreak(), ['record', 7])
  })
})
