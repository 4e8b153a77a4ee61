import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Traffic } from '../load/conversations.ts'

/** The pieces of work that are measured. */
export const WORKS = {
  sign_in: 'password sign-in',
  read: 'authenticated read',
  labels: 'labels list',
  renew: 'renew',
  exchange: 'API-key JWT exchange',
  client_credentials: 'client_credentials',
  refresh: 'refresh',
  introspection: 'introspection',
  sign_up: 'sign-up',
} as const

export type Work = keyof typeof WORKS

/** A server that does some of the work. */
export interface Contender extends AsyncDisposable {
  name: string
  kind: 'ours' | 'floor' | 'peer'
  port: number
  /** Milliseconds from its start until it answered. */
  ready_after?: number
  /** Its processes, and those of its database server. */
  pids(): number[]
  database_pids?(): number[]
  works: Partial<Record<Work, Traffic>>
}

/** A process that was started, and the first line it said that is JSON. */
export interface Child<T> {
  pid: number
  said: T
  stop(): Promise<void>
}

/** Starts a script that tells by a line of JSON that it is ready. */
export async function startChild<T>(script: string, args: readonly string[] = []): Promise<Child<T>> {
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })
  for await (const line of lines) {
    if (!line.startsWith('{')) continue
    child.stdout.resume()
    const said: T = JSON.parse(line)
    return { pid: child.pid ?? 0, said, stop: () => stop(child) }
  }
  throw new Error(`${script} ended before it was ready.`)
}

/** Ends a process and waits for its end. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  await ended
}
