import { createPrivateKey } from 'node:crypto'
import type { Deps } from './deps.ts'
import { type Config, ConfigError } from './platform/config/config.ts'
import type { Signer } from './platform/crypto/multisig.ts'
import type { Destination } from './platform/events/destinations.ts'
import { rabbitmqDestination } from './platform/events/rabbitmq.ts'

/** Name of the server among the signers of envelopes, as in Barong 1.8.26. */
const KID = 'barong'

/** The broker that gets every event, when one is configured. */
export function openBrokers({
  config,
  clock,
  log,
  keys,
}: Pick<Deps, 'config' | 'clock' | 'log' | 'keys'>): (Destination & AsyncDisposable)[] {
  const url = brokerUrl(config)
  if (url === undefined) return []
  const own = readEventSigner(config)
  const signer = (): Signer => own ?? { kid: KID, key: keys.current().private_key, algorithm: 'RS256' }
  const current = config.reread('EVENT_API_RABBITMQ_URL') ?? (() => url)
  return [rabbitmqDestination({ url: current, signer }, { clock, log })]
}

/** Who signs what the broker gets, where a key of its own is configured for that. */
export function readEventSigner(config: Config): Signer | undefined {
  const { EVENT_API_JWT_PRIVATE_KEY: text, EVENT_API_JWT_ALGORITHM: algorithm } = config.values
  if (text === undefined || brokerUrl(config) === undefined) return undefined
  return { kid: KID, key: privateKey(text), algorithm }
}

/** Where RabbitMQ is, where there is one. */
export function brokerUrl({ values }: Config): string | undefined {
  if (values.EVENT_API_RABBITMQ_URL !== undefined) return values.EVENT_API_RABBITMQ_URL
  if (values.EVENT_API_RABBITMQ_HOST === undefined) return undefined
  const url = new URL('amqp://localhost')
  url.hostname = values.EVENT_API_RABBITMQ_HOST
  url.port = String(values.EVENT_API_RABBITMQ_PORT)
  url.username = values.EVENT_API_RABBITMQ_USERNAME
  url.password = values.EVENT_API_RABBITMQ_PASSWORD
  return url.href
}

function privateKey(text: string) {
  try {
    return createPrivateKey(Buffer.from(text, 'base64url'))
  } catch {
    throw new ConfigError(['EVENT_API_JWT_PRIVATE_KEY is no URL-safe base64 of a private key in PEM.'])
  }
}
