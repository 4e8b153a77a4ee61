import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance, HTTPMethods } from 'fastify'
import { buildApp } from '../../src/app.ts'
import { channelsOver } from '../../src/channels.ts'
import type { Deps } from '../../src/deps.ts'
import { type FakeClock, fakeClock } from '../../src/lib/clock.ts'
import { loadConfig } from '../../src/platform/config/config.ts'
import { migrations } from '../../src/platform/db/migrate.ts'
import { openDatabase } from '../../src/platform/db/open.ts'
import type { OutgoingEvent } from '../../src/platform/events/destinations.ts'
import { memoryBroker } from '../../src/platform/events/memory.ts'
import type { Mail } from '../../src/platform/mail/mail.ts'
import { memoryMail } from '../../src/platform/mail/memory.ts'
import { memorySms } from '../../src/platform/sms/memory.ts'
import type { Sms } from '../../src/platform/sms/sms.ts'
import { wire } from '../../src/wire.ts'
import { keyGenerator } from './keys.ts'

/** The whole server on a private database, called without a socket; time stands still until it is moved. */
export interface TestServer extends AsyncDisposable {
  app: FastifyInstance
  deps: Deps
  clock: FakeClock
  mails: Mail[]
  sms: Sms[]
  events: OutgoingEvent[]
  /** Calls an operation below `/api/v1`. */
  call(method: HTTPMethods, path: string, options?: CallOptions): Promise<Answer>
  /** Delivers what waits in the outbox into `mails`, `sms` and `events`. */
  deliver(): Promise<void>
}

export interface CallOptions {
  token?: string | undefined
  json?: unknown
  form?: Record<string, string>
  headers?: Record<string, string>
  payload?: Buffer | string
}

/** An answer; `body` is parsed JSON, or the text where it is none. */
export interface Answer {
  status: number
  headers: Record<string, unknown>
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body is what it asserts
  body: any
}

/**
 * In tests everybody calls from one address, and time stands still meanwhile: the recordings of Barong 1.8.26 alone are 54
 * sign-ups, 45 sign-ins, 7 mails to one person and more than 600 requests at one instant. Tests of limits set their own.
 */
export const EVERYBODY_AT_ONCE: Readonly<Record<string, string>> = {
  BARONG_LIMIT_REQUESTS: '100000/1m',
  BARONG_LIMIT_ACCOUNT_REQUESTS: '100000/1m',
  BARONG_LIMIT_SIGN_IN: '1000/1m',
  BARONG_LIMIT_SIGN_UP: '1000/1m',
  BARONG_LIMIT_MAIL: '1000/1m',
  BARONG_LIMIT_MAIL_RECIPIENT: '100/1m',
  BARONG_LIMIT_UPLOADS: '1000/1m',
  BARONG_LIMIT_SMS: '1000/1m',
  BARONG_LIMIT_SMS_PREFIX: '1000/1m',
  BARONG_LIMIT_TOKENS: '1000/1m',
}

/**
 * Starts a server for one test. `environment` overrides settings by the names operators use; `log` is told of every query;
 * the `clock` stands still unless told otherwise.
 */
export async function testServer(
  databaseUrl: string,
  environment: Record<string, string> = {},
  log?: Parameters<typeof openDatabase>[1],
  clock: FakeClock = fakeClock(),
): Promise<TestServer> {
  const data_dir = mkdtempSync(join(tmpdir(), 'barong-data-'))
  const config = loadConfig({
    BARONG_DATA_DIR: data_dir,
    DATABASE_URL: databaseUrl,
    DATABASE_POOL: '8',
    LOG_LEVEL: 'fatal',
    PASSWORD_QUEUE_TIMEOUT: '60000',
    BARONG_URL: 'http://barong.test',
    ...EVERYBODY_AT_ONCE,
    ...environment,
  })
  const mail = memoryMail()
  const sms = memorySms()
  const broker = memoryBroker()
  const deps = await wire(config, {
    clock,
    migrations,
    openDatabase: (settings, ownLog, watch) => openDatabase(settings, log ?? ownLog, watch),
    openChannels: async ({ db }) => ({
      ...channelsOver({ config, db }, mail, sms),
      [Symbol.asyncDispose]: async () => {},
    }),
    openBrokers: () => [broker],
    generateKey: keyGenerator(),
  })
  const app = await buildApp(deps)
  return {
    app,
    deps,
    clock,
    mails: mail.sent,
    sms: sms.sent,
    events: broker.sent,
    call: (method, path, options) => call(app, method, path, options),
    deliver: async () => {
      await deps.relay.drain()
      if (broker.sent.length > 0) await assertInCatalogue(broker.sent)
    },
    [Symbol.asyncDispose]: async () => {
      await app.close()
      await deps[Symbol.asyncDispose]()
      rmSync(data_dir, { recursive: true, force: true })
    },
  }
}

/** What compares events with the catalogue is a tenth of all that a test loads, and many tests see no event. */
async function assertInCatalogue(events: readonly OutgoingEvent[]): Promise<void> {
  const { assertInCatalogue } = await import('./events.ts')
  events.forEach(assertInCatalogue)
}

async function call(
  app: FastifyInstance,
  method: HTTPMethods,
  path: string,
  options: CallOptions = {},
): Promise<Answer> {
  const { token, json, form, headers = {}, payload } = options
  const response = await app.inject({
    method,
    url: path.startsWith('/') ? `/api/v1${path}` : path,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...(form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
      ...headers,
    },
    ...(json === undefined ? {} : { payload: JSON.stringify(json) }),
    ...(form === undefined ? {} : { payload: new URLSearchParams(form).toString() }),
    ...(payload === undefined ? {} : { payload }),
  })
  return { status: response.statusCode, headers: response.headers, body: parsed(response.body) }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
