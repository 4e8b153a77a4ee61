import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import type { Channel, ChannelModel, GetMessage } from 'amqplib'
import { generalVerify } from 'jose'
import pino from 'pino'
import {
  noRabbitmq,
  noRabbitmqToKill,
  type Rabbitmq,
  startRabbitmq,
  whenReady,
} from '../../../test/support/rabbitmq.ts'
import { fakeClock } from '../../lib/clock.ts'
import { uuid } from '../../lib/ids.ts'
import type { Envelope } from '../crypto/multisig.ts'
import type { OutgoingEvent } from './destinations.ts'
import { rabbitmqDestination } from './rabbitmq.ts'

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const clock = fakeClock('2030-01-01T00:00:00Z')
const log = pino({ level: 'silent' })

const destination = (url: string) =>
  rabbitmqDestination(
    { url: () => url, signer: () => ({ kid: 'barong', key: privateKey, algorithm: 'RS256' }) },
    { clock, log },
  )

const anEvent = (overrides: Partial<OutgoingEvent> = {}): OutgoingEvent => ({
  id: uuid(),
  name: 'system.document.verified',
  account_id: 1,
  payload: { uid: 'ID0123456789', email: 'person@example.com' },
  created_at: '2029-12-31T23:59:00.000Z',
  ...overrides,
})

describe('RabbitMQ as a destination', { skip: noRabbitmq }, () => {
  let broker: Rabbitmq
  let model: ChannelModel
  let channel: Channel

  before(async () => {
    broker = await startRabbitmq()
    model = await whenReady(broker.url)
    channel = await model.createChannel()
  })
  after(async () => {
    await model.close().catch(() => {})
    await broker[Symbol.asyncDispose]()
  })

  const aQueue = async (exchange: string, routing_key: string) => {
    await channel.assertExchange(exchange, 'direct', { durable: true })
    const { queue } = await channel.assertQueue('', { exclusive: true })
    await channel.bindQueue(queue, exchange, routing_key)
    return queue
  }
  const take = async (queue: string): Promise<GetMessage> => {
    const message = await channel.get(queue, { noAck: true })
    assert.ok(message)
    return message
  }

  test('publishes to the exchange of the category under the rest of the name, as a signed JWT', async () => {
    const queue = await aQueue('barong.events.system', 'document.verified')
    await using rabbitmq = destination(broker.url)
    const event = anEvent()
    assert.deepEqual(await rabbitmq.send(event), { delivered: true })
    const { content, properties } = await take(queue)
    assert.equal(properties.messageId, event.id)
    assert.equal(properties.deliveryMode, 2)
    assert.equal(properties.contentType, 'application/json')
    const envelope: Envelope = JSON.parse(content.toString())
    const { payload } = await generalVerify(envelope, publicKey)
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), {
      iss: 'barong',
      jti: event.id,
      iat: 1_893_456_000,
      exp: 1_893_456_060,
      event: { name: 'system.document.verified', uid: 'ID0123456789', email: 'person@example.com' },
    })
    assert.deepEqual(envelope.signatures[0]?.header, { kid: 'barong' })
  })

  test('keeps the order of what is sent at once', async () => {
    const queue = await aQueue('barong.events.model', 'account.updated')
    await using rabbitmq = destination(broker.url)
    const events = Array.from({ length: 100 }, (_, n) => anEvent({ name: 'model.account.updated', payload: { n } }))
    const outcomes = await Promise.all(events.map((event) => rabbitmq.send(event)))
    assert.ok(outcomes.every((outcome) => outcome.delivered))
    for (const event of events) assert.equal((await take(queue)).properties.messageId, event.id)
  })

  test('delivers what no queue is bound for, and says so', async () => {
    await using rabbitmq = destination(broker.url)
    const outcome = await rabbitmq.send(anEvent({ name: 'system.document.rejected' }))
    assert.deepEqual(outcome, { delivered: true, note: 'No queue is bound for it' })
  })

  test('uses an exchange that a consumer made otherwise', async () => {
    await channel.deleteExchange('barong.events.system')
    await channel.assertExchange('barong.events.system', 'direct', { durable: false })
    await using rabbitmq = destination(broker.url)
    assert.equal((await rabbitmq.send(anEvent())).delivered, true)
    await channel.deleteExchange('barong.events.system')
  })

  test('makes its exchanges again when somebody removed them', async () => {
    await using rabbitmq = destination(broker.url)
    await rabbitmq.send(anEvent())
    await channel.deleteExchange('barong.events.system')
    assert.equal((await rabbitmq.send(anEvent())).delivered, false)
    assert.equal((await rabbitmq.send(anEvent())).delivered, true)
  })

  test('rejects with a wrong password', async () => {
    const url = new URL(broker.url)
    url.password = 'wrong'
    await using rabbitmq = destination(url.href)
    await assert.rejects(rabbitmq.send(anEvent()))
  })
})

describe('RabbitMQ that dies', { skip: noRabbitmqToKill }, () => {
  test('is reached again when it is back, and has kept what it confirmed', async () => {
    await using broker = await startRabbitmq({ own: true })
    const first = await whenReady(broker.url)
    const channel = await first.createChannel()
    first.on('error', () => {})
    await channel.assertExchange('barong.events.system', 'direct', { durable: true })
    await channel.assertQueue('kept', { durable: true })
    await channel.bindQueue('kept', 'barong.events.system', 'document.verified')
    await using rabbitmq = destination(broker.url)
    const event = anEvent()
    assert.equal((await rabbitmq.send(event)).delivered, true)
    await broker.kill()
    await assert.rejects(async () => {
      const outcome = await rabbitmq.send(anEvent())
      if (!outcome.delivered) throw new Error(outcome.error)
    })
    await broker.start()
    assert.equal((await rabbitmq.send(anEvent())).delivered, true)
    const second = await whenReady(broker.url)
    const again = await second.createChannel()
    const kept = await again.get('kept', { noAck: true })
    assert.ok(kept)
    assert.equal(kept.properties.messageId, event.id)
    await second.close()
  })
})
