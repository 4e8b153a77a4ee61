import { equal } from 'node:assert/strict'
import { mock, test } from 'node:test'
import { setImmediate as later } from 'node:timers/promises'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { cleanAll } from '../../cleaning.ts'
import { dropDeadMessages, listMessages } from '../../features/deliveries/deliveries.ts'
import { DAY, parseIso, SECOND } from '../../lib/clock.ts'
import { MailRefused } from '../mail/mail.ts'
import type { RelayNeeds } from './relay-needs.ts'
import { sendDue } from './sendings.ts'
import { webhookSettings } from './webhooks.ts'

/** One of several processes on a database; `mail` is how it sends. */
function aProcess({ deps }: TestServer, mail: () => Promise<void>): RelayNeeds {
  const webhooks = webhookSettings(deps.config)
  return { ...deps, channels: { mail, sms: async () => {} }, brokers: [], webhooks, observe: () => {} }
}

/** A mail waits, and one process has begun to send it and does not come to an end. */
async function aHangingMail(server: TestServer) {
  const account = await anAccount(server)
  const variables = { full_name: '', app_name: 'Barong' }
  const mail = { channel: 'mail', template: 'approved', to: account.email, variables } as const
  await server.deps.db.transaction().execute((tx) => server.deps.outbox.record(tx, account.id, mail))
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>()
  const { promise: end, resolve: finish } = Promise.withResolvers<void>()
  const sending = sendDue(
    aProcess(server, () => {
      begin()
      return end
    }),
    'mail',
  )
  await begun
  return { other: aProcess(server, async () => {}), finish: () => [finish(), sending] }
}

onEachDatabase('Mails and SMS', (newDatabase) => {
  test('that were given up are removed when events are, and at once by an operator', async () => {
    await using server = await testServer(await newDatabase(), { EVENTS_KEPT_DAYS: '7' })
    const { deps, clock } = server
    const refusing = aProcess(server, () => Promise.reject(new MailRefused('No such mailbox')))
    const refuseOne = async () => {
      const { email } = await anAccount(server)
      const mail = {
        channel: 'mail',
        template: 'approved',
        to: email,
        variables: { full_name: '', app_name: '' },
      } as const
      await deps.db.transaction().execute((tx) => deps.outbox.record(tx, null, mail))
      await sendDue(refusing, 'mail')
    }
    const left = async () => (await listMessages(deps.db, true, 0, 10)).length
    await refuseOne()
    clock.advance(4 * DAY)
    await refuseOne()
    clock.advance(4 * DAY)
    await cleanAll(deps)
    equal(await left(), 1)
    equal(await dropDeadMessages(deps), 1)
    equal(await left(), 0)
  })

  test('that a killed process had begun to send are sent by another within seconds', async () => {
    await using server = await testServer(await newDatabase())
    const { other, finish } = await aHangingMail(server)
    equal(await sendDue(other, 'mail'), 0)
    server.clock.advance(10 * SECOND + 1)
    equal(await sendDue(other, 'mail'), 1)
    await Promise.all(finish())
  })

  test('that take long are not sent by another meanwhile', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      await using server = await testServer(await newDatabase())
      const { other, finish } = await aHangingMail(server)
      for (let waited = 0; waited < 60; waited += 3) {
        server.clock.advance(3 * SECOND)
        mock.timers.tick(3 * SECOND)
        await renewed(server)
        equal(await sendDue(other, 'mail'), 0, `after ${waited} seconds`)
      }
      await Promise.all(finish())
      server.clock.advance(60 * SECOND)
      equal(await sendDue(other, 'mail'), 0, 'It was sent by the first.')
    } finally {
      mock.timers.reset()
    }
  })
})

/** Waits until the claims of this moment stand in the database. */
async function renewed({ deps: { db, clock } }: TestServer): Promise<void> {
  for (let turns = 0; turns < 1000; turns += 1) {
    const { claimed_until } = await db.selectFrom('outbox').select('claimed_until').executeTakeFirstOrThrow()
    if (claimed_until !== null && parseIso(claimed_until) >= clock.now() + 9 * SECOND) return
    await later()
  }
}
