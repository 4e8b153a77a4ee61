import { isLocal } from '../http-client/addresses.ts'
import type { PLAINTEXT_TARGETS, Values } from './settings.ts'

type Target = (typeof PLAINTEXT_TARGETS)[number]

/** A connection that others on the way could read, and the address by which they could not. */
interface Plaintext {
  target: Target
  setting: string
  remedy: string
}

/** Connections to other machines without TLS that nobody allowed, a sentence each. */
export const plaintextSentences = (values: Values): string[] =>
  plaintextOf(values)
    .filter(({ target }) => !values.PLAINTEXT_TO.includes(target))
    .map(
      ({ target, setting, remedy }) =>
        `${setting} is an address without TLS, which whoever is on the way can read; ${remedy}, or say PLAINTEXT_TO=${target} if the network is yours alone.`,
    )

function plaintextOf(values: Values): Plaintext[] {
  const { DATABASE_URL, EVENT_API_RABBITMQ_URL, EVENT_API_RABBITMQ_HOST, STORAGE_ENDPOINT } = values
  const broker = { target: 'broker', remedy: 'use amqps:// in EVENT_API_RABBITMQ_URL' } as const
  const found: (Plaintext | false)[] = [
    isOpenDatabase(DATABASE_URL) && {
      target: 'database',
      setting: 'DATABASE_URL',
      remedy: 'append ?sslmode=verify-full',
    },
    isOpen(EVENT_API_RABBITMQ_URL, 'amqp:') && { ...broker, setting: 'EVENT_API_RABBITMQ_URL' },
    EVENT_API_RABBITMQ_HOST !== undefined &&
      !isLocal(EVENT_API_RABBITMQ_HOST) && { ...broker, setting: 'EVENT_API_RABBITMQ_HOST' },
    values.STORAGE_PROVIDER === 'AWS' &&
      isOpen(STORAGE_ENDPOINT, 'http:') && { target: 'bucket', setting: 'STORAGE_ENDPOINT', remedy: 'use https://' },
    isOpen(values.OTEL_EXPORTER_OTLP_ENDPOINT, 'http:') && {
      target: 'traces',
      setting: 'OTEL_EXPORTER_OTLP_ENDPOINT',
      remedy: 'use https://',
    },
    isOpen(values.BARONG_ANTIVIRUS, 'clamav:') && {
      target: 'antivirus',
      setting: 'BARONG_ANTIVIRUS',
      remedy: 'put the daemon on this machine or behind a tunnel that ends here',
    },
  ]
  return found.filter((each) => each !== false)
}

/** Nobody is on the way within one machine; without a host it is a socket, or this machine. */
function isOpen(url: string | undefined, scheme: string): boolean {
  if (url === undefined || !URL.canParse(url)) return false
  const { protocol, hostname } = new URL(url)
  return protocol === scheme && hostname !== '' && !isLocal(hostname)
}

const VERIFIED = ['verify-ca', 'verify-full']

/** A PostgreSQL on another machine that is not reached by TLS, or by TLS with whomever. Its driver takes `require` for `verify-full`. */
function isOpenDatabase(url: string): boolean {
  if (!/^postgres(ql)?:/.test(url) || !URL.canParse(url)) return false
  const { hostname, searchParams } = new URL(url)
  const host = searchParams.get('host') ?? decodeURIComponent(hostname)
  if (host === '' || host.startsWith('/') || isLocal(host)) return false
  const mode = searchParams.get('sslmode')
  if (mode !== null) {
    const isStrict = searchParams.get('uselibpqcompat') !== 'true'
    return !VERIFIED.includes(mode) && !(mode === 'require' && isStrict)
  }
  return !['true', '1'].includes(searchParams.get('ssl') ?? '')
}
