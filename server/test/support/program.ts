import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from './restartable.ts'
import type { CallOptions } from './server.ts'

const MAIN = join(import.meta.dirname, '../../src/main.ts')
const PATIENCE = 60_000

/** The server as an operator starts it: a process of its own that is spoken to over HTTP. */
export interface Program extends AsyncDisposable {
  /** Scheme, host and port. */
  url: string
  /** The id of the default application, as it is told at the start. */
  application_id: string
  /** Calls an operation below `/api/v1`, or any address. */
  call(method: string, path: string, options?: CallOptions): Promise<Reply>
  /** What came to an address or a number, oldest first. */
  messagesTo(recipient: string): Promise<Message[]>
  /** What it printed: its log, and what it told at its starts. */
  printed(): string
  /** Its process. */
  pid(): number
  signal(name: NodeJS.Signals): void
  /** Ends it at once, with no chance to tidy up. */
  kill(): void
  /** Starts it anew on the same data, once it has ended. */
  restart(): Promise<void>
}

/** An answer; `body` is parsed JSON, or the bytes where it is none. */
export interface Reply {
  status: number
  // biome-ignore lint/suspicious/noExplicitAny: what a test expects of a body is what it asserts
  body: any
}

/** A message of the mailbox. */
export interface Message {
  id: string
  channel: 'mail' | 'sms'
  to: string
  subject: string
  text: string
}

/** Starts the server with a data directory of its own; `host` is what browsers call this machine. */
export async function startProgram(
  databaseUrl: string,
  environment: Record<string, string> = {},
  host: '127.0.0.1' | 'localhost' = '127.0.0.1',
  command: readonly string[] = [MAIN, 'start'],
): Promise<Program> {
  const data_dir = mkdtempSync(join(tmpdir(), 'barong-program-'))
  const port = await freePort()
  const url = `http://${host}:${port}`
  const env = {
    PATH: process.env['PATH'] ?? '',
    PORT: String(port),
    BARONG_URL: url,
    BARONG_DATA_DIR: data_dir,
    DATABASE_URL: databaseUrl,
    LOG_LEVEL: 'fatal',
    // What else the machine does is not what a test is about.
    PASSWORD_QUEUE_TIMEOUT: '60000',
    ...environment,
  }
  const processes: ChildProcess[] = []
  const printed: string[] = []
  const launch = (): Promise<string> => {
    const child = spawn(process.execPath, [...command], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    processes.push(child)
    return readiness(child, printed)
  }
  const application_id = await launch()
  return {
    url,
    application_id,
    call: (method, path, options) => call(path.startsWith('/') ? `${url}/api/v1${path}` : path, method, options),
    messagesTo: async (recipient) => {
      const { body } = await call(`${url}/mailbox/messages?to=${encodeURIComponent(recipient)}`, 'GET')
      return body.toReversed()
    },
    printed: () => printed.join(''),
    pid: () => processes.at(-1)?.pid ?? 0,
    signal: (name) => processes.at(-1)?.kill(name),
    kill: () => processes.at(-1)?.kill('SIGKILL'),
    restart: async () => {
      await Promise.all(processes.map(ended))
      await launch()
    },
    [Symbol.asyncDispose]: async () => {
      for (const child of processes) child.kill('SIGTERM')
      await Promise.all(processes.map(ended))
      rmSync(data_dir, { recursive: true, force: true })
    },
  }
}

/** The default application's id, which the program tells once it is ready. */
async function readiness(child: ChildProcessByStdio<null, Readable, Readable>, printed: string[]): Promise<string> {
  // A test that ran out of time, and whose database is gone, would wait for ever.
  const timer = setTimeout(() => child.kill('SIGKILL'), 2 * PATIENCE)
  child.on('exit', () => clearTimeout(timer))
  child.stderr.on('data', (chunk) => printed.push(String(chunk)))
  for await (const line of createInterface({ input: child.stdout })) {
    printed.push(`${line}\n`)
    const application_id = /^ +Application +(\w+)/.exec(line)?.[1]
    if (application_id === undefined) continue
    clearTimeout(timer)
    return application_id
  }
  throw new Error(`The program ended before it was ready: ${printed.join('')}`)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function call(url: string, method: string, options: CallOptions = {}): Promise<Reply> {
  const { token, json, headers = {}, payload } = options
  const body = json === undefined ? payload : JSON.stringify(json)
  const response = await fetch(url, {
    method,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: new Uint8Array(Buffer.from(body)) }),
  })
  const bytes = Buffer.from(await response.arrayBuffer())
  const isJson = response.headers.get('content-type')?.startsWith('application/json') === true
  return { status: response.status, body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : bytes }
}

/** Asks again and again until there is an answer. */
export async function eventually<T>(ask: () => Promise<T | undefined>, patience = PATIENCE): Promise<T> {
  const deadline = performance.now() + patience
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (performance.now() > deadline) throw new Error(`There was no answer within ${patience / 1000} seconds.`)
    await pause(20)
  }
}

/** The newest message to the recipient that is about something new: more than `known` have come. */
export const nextMessage = (program: Program, recipient: string, known = 0): Promise<Message> =>
  eventually(async () => {
    const messages = await program.messagesTo(recipient)
    return messages.length > known ? messages.at(-1) : undefined
  })
