import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { sharedServer } from '../../../test/support/shared-server.ts'
import { iso, MINUTE, SECOND } from '../../lib/clock.ts'
import { hexToken } from '../../lib/ids.ts'
import { isPostgres } from '../db/db.ts'
import type { Delivery, NewRow } from '../db/schema.ts'
import { claimDue, claimFollowing, hasten, type Settled, settle } from './deliveries.ts'
import type { Destination } from './destinations.ts'

onEachDatabase('Deliveries', (newDatabase) => {
  const server = sharedServer(newDatabase)

  /** A destination of its own, with a delivery for each of these, whose events were recorded in this order. */
  async function aPlace(waiting: Partial<NewRow<'deliveries'>>[]) {
    const { db, clock } = server().deps
    const now = iso(clock.now())
    const to = placeOf(`test:${hexToken(8)}`)
    const ids: number[] = []
    for (const [stream, more] of waiting.entries()) {
      const message = { message_id: hexToken(16), account_id: null, name: 'test', payload_sealed: 'x' }
      const event = await db
        .insertInto('events')
        .values({ ...message, created_at: now, fanned_out_at: now })
        .returning('id')
        .executeTakeFirstOrThrow()
      const delivery = { event_id: event.id, destination: to.name, stream, created_at: now, next_attempt_at: now }
      const row = await db
        .insertInto('deliveries')
        .values({ ...delivery, endpoint_id: null, give_up_at: null, ...more })
        .returning('id')
        .executeTakeFirstOrThrow()
      ids.push(row.id)
    }
    /** Which of them these are. */
    const which = (rows: readonly { id: number }[]) => rows.map(({ id }) => ids.indexOf(id))
    const row = (index: number): Promise<Delivery> =>
      db
        .selectFrom('deliveries')
        .selectAll()
        .where('id', '=', ids[index] ?? 0)
        .executeTakeFirstOrThrow()
    return { to, ids, which, row }
  }
  const now = () => server().deps.clock.now()
  const at = (ms: number) => iso(now() + ms)
  const due = (to: Destination, limit = 10) => claimDue(server().deps.db, to, now(), limit)

  test('are claimed when they are due, open, and nobody’s, those of one account in their order', async () => {
    const { to, which } = await aPlace([
      { stream: 1 },
      { stream: 1 },
      { stream: 2, delivered_at: at(0) },
      { stream: 2 },
      { stream: 3, failed_at: at(0) },
      { stream: 3 },
      { stream: 4, next_attempt_at: at(SECOND) },
      { stream: 4 },
      { stream: 5, claimed_until: at(SECOND) },
      { stream: 5 },
      { stream: 6, claimed_until: at(-SECOND) },
    ])
    const elsewhere = await aPlace([{ stream: 1 }, { stream: 9 }])
    deepEqual(which(await due(to)), [0, 3, 5, 10])
    deepEqual(which(await due(to)), [], 'nobody else gets them')
    deepEqual(elsewhere.which(await due(elsewhere.to)), [0, 1])
    server().clock.advance(MINUTE)
    deepEqual(which(await due(to)), [0, 3, 5, 6, 8, 10], 'claims lapse')
  })

  test('are probed by the one that was tried least often', async () => {
    const { to, which } = await aPlace([{ attempts: 3 }, { attempts: 1 }, { attempts: 2 }])
    deepEqual(which(await due(to, 1)), [1])
  })

  test('take along what follows of the same accounts, up to the first that has to wait', async () => {
    const { to, which } = await aPlace([
      { stream: 1 },
      { stream: 1 },
      { stream: 1, delivered_at: at(0) },
      { stream: 1, failed_at: at(0) },
      { stream: 1, next_attempt_at: at(SECOND) },
      { stream: 1 },
      { stream: 2 },
      { stream: 2, claimed_until: at(SECOND) },
      { stream: 2 },
      { stream: 3, claimed_until: at(SECOND) },
      { stream: 3 },
    ])
    const heads = await due(to)
    deepEqual(which(heads), [0, 6])
    deepEqual(which(await claimFollowing(server().deps.db, to, heads, now(), 10)), [1])
    deepEqual(await claimFollowing(server().deps.db, to, [], now(), 10), [])
  })

  test('stay as another process settled them meanwhile', async () => {
    const { to, ids, row } = await aPlace([{ delivered_at: at(0) }, { failed_at: at(0) }])
    const ended = (index: number, fate: Settled['fate']): Settled => ({
      id: ids[index] ?? 0,
      attempts: 7,
      duration_ms: 1,
      status: null,
      error: 'late',
      fate,
    })
    const later = { next_attempt_at: at(MINUTE) }
    for (const fate of [later, 'given up'] as const) await settle(server().deps.db, [ended(0, fate)], [], now())
    await settle(server().deps.db, [ended(1, 'delivered')], [], now())
    const [delivered, dead] = [await row(0), await row(1)]
    deepEqual([delivered.attempts, delivered.failed_at, delivered.last_error], [0, null, null])
    deepEqual([dead.attempts, dead.delivered_at], [0, null])
    equal((await due(to)).length, 0)
  })

  test('are let go where they were not attempted, and noted but where they are gone', async () => {
    const { to, ids, which } = await aPlace([{}, {}])
    equal((await due(to)).length, 2)
    const [first = 0, second = 0] = ids
    const gone: Settled = { id: 0, attempts: 1, duration_ms: 1, status: null, error: null, fate: 'delivered' }
    await settle(server().deps.db, [{ ...gone, id: first }, gone], [second], now())
    deepEqual(which(await due(to)), [1])
    const noted = server().deps.db.selectFrom('delivery_attempts').select('id').where('delivery_id', 'in', [first, 0])
    equal((await noted.execute()).length, 1)
  })

  test('are hastened where they are open, at this destination alone', async () => {
    const later = { next_attempt_at: at(MINUTE) }
    const { to, row } = await aPlace([later, { ...later, failed_at: at(0) }, { ...later, delivered_at: at(0) }])
    const elsewhere = await aPlace([later])
    await hasten(server().deps.db, to, now())
    const waits = async (place: typeof elsewhere, index: number) =>
      (await place.row(index)).next_attempt_at === later.next_attempt_at
    deepEqual(await Promise.all([0, 1, 2].map((index) => waits({ ...elsewhere, row }, index))), [false, true, true])
    equal(await waits(elsewhere, 0), true)
  })

  test('that one process is about to claim are neither taken nor waited for by another', async () => {
    const { db } = server().deps
    if (!isPostgres(db)) return
    const { to, which } = await aPlace([{}, {}, {}])
    const [one, other] = await db.transaction().execute(async (tx) => {
      const one = await claimDue(tx, to, now(), 2)
      return [one, await Promise.race([due(to), pause(5000, [])])]
    })
    deepEqual([which(one), which(other)], [[0, 1], [2]])
  })
})

const placeOf = (name: string): Destination => ({
  name,
  kind: 'webhook',
  width: 10,
  claim: 30 * SECOND,
  patience: 3,
  longest_pause: MINUTE,
  backOff: () => 0,
  send: async () => ({ delivered: true }),
})
