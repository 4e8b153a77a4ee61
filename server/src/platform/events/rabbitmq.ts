import { setTimeout as sleep } from 'node:timers/promises'
import type { ChannelModel, ConfirmChannel } from 'amqplib'
import type { Logger } from 'pino'
import { type Clock, SECOND, seconds } from '../../lib/clock.ts'
import { type Signer, signMultisig } from '../crypto/multisig.ts'
import { definitions } from './definitions.ts'
import type { Destination, Outcome, OutgoingEvent } from './destinations.ts'

/** Where the broker is and who signs what is published. */
export interface RabbitmqSettings {
  /** amqp:// or amqps:// with user name and password, as they are when a connection is opened. */
  url(): string
  signer(): Signer
}

/** Seconds for which a message counts as fresh, as in Barong 1.8.26. */
const LIFETIME = 60
const TIMEOUT = 5 * SECOND
const HEARTBEAT_SECONDS = 10

/**
 * RabbitMQ as Barong 1.8.26 spoke to it: a direct exchange for each category, the rest of the name as routing key, and
 * a JWT in general JSON serialisation as the message. A message counts as delivered once the broker has confirmed it.
 */
export function rabbitmqDestination(
  settings: RabbitmqSettings,
  { clock, log }: { clock: Clock; log: Logger },
): Destination & AsyncDisposable {
  let link: Promise<Link> | undefined
  const linked = (): Promise<Link> => {
    if (link) return link
    const opening = openLink(settings.url(), log)
    link = opening
    opening.then(
      ({ closed }) => closed.then(() => forget(opening)),
      () => forget(opening),
    )
    return opening
  }
  const forget = (old: Promise<Link>) => {
    if (link === old) link = undefined
  }
  return {
    name: 'rabbitmq',
    kind: 'rabbitmq',
    width: 200,
    claim: 4 * TIMEOUT,
    patience: 1,
    longest_pause: 10 * SECOND,
    backOff: () => SECOND,
    send: async (event) => {
      const opened = await linked()
      return opened.publish(event, envelopeOf(event, settings.signer(), clock))
    },
    [Symbol.asyncDispose]: async () => {
      const opened = await link?.catch(() => undefined)
      await opened?.close()
    },
  }
}

/** Connects and signs in; rejects with what went wrong. */
export async function tryRabbitmq(url: string): Promise<void> {
  const { connect } = await import('amqplib')
  const model = await connect(url, { timeout: TIMEOUT })
  model.on('error', () => {})
  await closeQuickly(model)
}

/** Exchange and routing key of an event. */
export function routeOf(name: string): { exchange: string; routing_key: string } {
  const dot = name.indexOf('.')
  return { exchange: `barong.events.${name.slice(0, dot)}`, routing_key: name.slice(dot + 1) }
}

function envelopeOf({ id, name, payload }: OutgoingEvent, signer: Signer, clock: Clock): Buffer {
  const iat = seconds(clock.now())
  const claims = { iss: 'barong', jti: id, iat, exp: iat + LIFETIME, event: { name, ...payload } }
  return Buffer.from(JSON.stringify(signMultisig(claims, [signer])))
}

/** One connection with one confirming channel. */
interface Link {
  publish(event: OutgoingEvent, content: Buffer): Promise<Outcome>
  closed: Promise<void>
  close(): Promise<void>
}

async function openLink(url: string, log: Logger): Promise<Link> {
  // Where there is no broker, nothing of it is loaded.
  const { connect } = await import('amqplib')
  const model = await connect(withHeartbeat(url), { timeout: TIMEOUT, keepAlive: true })
  const { promise: closed, resolve: onClosed } = Promise.withResolvers<void>()
  model.on('close', () => onClosed())
  model.on('error', (error) => log.warn({ err: error }, 'The connection to RabbitMQ broke'))
  try {
    await declareExchanges(model)
    const channel = await model.createConfirmChannel()
    channel.on('error', (error) => log.warn({ err: error }, 'RabbitMQ closed the channel'))
    channel.on('close', () => {
      onClosed()
      model.close().catch(() => {})
    })
    log.info('Connected to RabbitMQ')
    return { publish: publisher(channel), closed, close: () => closeQuickly(model) }
  } catch (error) {
    model.close().catch(() => {})
    throw error
  }
}

/** Says goodbye, and does not wait long for a broker that does not answer. */
async function closeQuickly(model: ChannelModel): Promise<void> {
  await Promise.race([model.close().catch(() => {}), sleep(SECOND, undefined, { ref: false })])
}

function publisher(channel: ConfirmChannel): Link['publish'] {
  const unrouted = new Set<string>()
  // The broker returns what no queue takes before it confirms it.
  channel.on('return', ({ properties }) => unrouted.add(String(properties.messageId)))
  return (event, content) => {
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const { exchange, routing_key } = routeOf(event.name)
    const options = {
      persistent: true,
      mandatory: true,
      messageId: event.id,
      contentType: 'application/json',
      type: event.name,
      appId: 'barong',
    }
    const late = setTimeout(() => {
      resolve({ delivered: false, error: `No confirmation within ${TIMEOUT / SECOND} seconds` })
      channel.close().catch(() => {})
    }, TIMEOUT)
    channel.publish(exchange, routing_key, content, options, (error) => {
      clearTimeout(late)
      const nobody = unrouted.delete(event.id)
      if (error) resolve({ delivered: false, error: 'The broker refused the message or the connection broke' })
      else resolve({ delivered: true, ...(nobody ? { note: 'No queue is bound for it' } : {}) })
    })
    return promise
  }
}

/** Makes the exchanges, durable, unless they are there: a consumer may have made them otherwise. */
async function declareExchanges(model: ChannelModel): Promise<void> {
  const names = new Set(Object.keys(definitions).map((name) => routeOf(name).exchange))
  for (const name of names) {
    if (await exchangeExists(model, name)) continue
    const channel = await model.createChannel()
    await channel.assertExchange(name, 'direct', { durable: true })
    await channel.close()
  }
}

/** Asks on a channel of its own, because the broker closes it when the answer is no. */
async function exchangeExists(model: ChannelModel, name: string): Promise<boolean> {
  const channel = await model.createChannel()
  channel.on('error', () => {})
  try {
    await channel.checkExchange(name)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 404) return false
    throw error
  }
  await channel.close()
  return true
}

function withHeartbeat(url: string): string {
  const target = new URL(url)
  if (!target.searchParams.has('heartbeat')) target.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  return target.href
}
