import { setTimeout as pause } from 'node:timers/promises'
import type { ChannelModel } from 'amqplib'
import { connect } from 'amqplib'
import { aReceiver } from '../support/receiver.ts'
import { COUNTER } from './load.ts'

/** What arrived about a person's labels: each event once, at its first arrival. */
export interface Consumer extends AsyncDisposable {
  name: string
  /** Values by the person's uid, in order of arrival. */
  values: ReadonlyMap<string, readonly string[]>
  /** Arrivals of an event that had arrived before. */
  repetitions(): number
}

function aLog() {
  const seen = new Set<string>()
  const values = new Map<string, string[]>()
  let repetitions = 0
  return {
    values,
    repetitions: () => repetitions,
    note: (id: string, { account_uid, key, value }: { account_uid: string; key: string; value: string }) => {
      if (key !== COUNTER) return
      if (seen.has(id)) repetitions += 1
      else values.set(account_uid, [...(values.get(account_uid) ?? []), value])
      seen.add(id)
    },
  }
}

/** A webhook receiver that refuses one delivery in two hundred. */
export async function webhookConsumer(): Promise<Consumer & { url: string }> {
  const log = aLog()
  const receiver = await aReceiver()
  receiver.answer = (response, { headers, body }) => {
    if (Math.random() < 0.005) return void response.writeHead(503).end()
    const { type, data } = JSON.parse(body)
    if (/label\.(created|updated)$/.test(type)) log.note(String(headers['webhook-id']), data.record)
    response.writeHead(204).end()
  }
  return {
    name: 'the webhook',
    ...log,
    url: receiver.url,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }
}

const QUEUE = 'labels'

/** A RabbitMQ consumer with a durable queue; it connects again whenever the broker went away. */
export async function brokerConsumer(url: string): Promise<Consumer> {
  const log = aLog()
  const stop = new AbortController()
  let model: ChannelModel | undefined
  const { promise: ready, resolve } = Promise.withResolvers<void>()
  const listen = async () => {
    while (!stop.signal.aborted) {
      try {
        model = await connect(url, { timeout: 5000 })
        const closed = Promise.withResolvers<void>()
        model.on('error', () => {})
        model.on('close', () => closed.resolve())
        const channel = await model.createChannel()
        await channel.assertExchange('barong.events.model', 'direct', { durable: true })
        await channel.assertQueue(QUEUE, { durable: true })
        for (const key of ['label.created', 'label.updated']) await channel.bindQueue(QUEUE, 'barong.events.model', key)
        await channel.consume(QUEUE, (message) => {
          if (!message) return
          const { payload } = JSON.parse(message.content.toString())
          const { jti, event } = JSON.parse(Buffer.from(payload, 'base64url').toString())
          log.note(jti, event.record)
          channel.ack(message)
        })
        resolve()
        await closed.promise
      } catch {
        await pause(200)
      }
    }
  }
  const listening = listen()
  await ready
  return {
    name: 'the broker',
    ...log,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await model?.close().catch(() => {})
      await listening
    },
  }
}
