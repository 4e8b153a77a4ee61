import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './program.ts'

/** One request: when it was sent and answered (milliseconds), and how; 599 stands for no answer. */
export interface Outcome {
  what: string
  began: number
  ended: number
  status: number
  retry_after: string | null
  /** The label that it was to add. */
  key?: string
}

export interface Client {
  outcomes: Outcome[]
}

/** Milliseconds between the requests of one client. */
const PACE = 15

/** Adds labels and reads the account, at one node after the other of those that the list has then, until told to stop. */
export async function useWithoutPause(
  nodes: readonly Pick<Program, 'url'>[],
  token: string,
  name: string,
  stop: AbortSignal,
): Promise<Client> {
  const outcomes: Outcome[] = []
  for (let count = 0; !stop.aborted; count += 1) {
    const url = nodes[count % nodes.length]?.url ?? ''
    const key = `${name}-${count}`
    const reads = count % 3 === 0
    outcomes.push(await (reads ? ask(`${url}/api/v1/accounts/me`, token) : ask(`${url}/api/v1/labels`, token, key)))
    await pause(PACE)
  }
  return { outcomes }
}

async function ask(url: string, token: string, key?: string): Promise<Outcome> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const post = key === undefined ? {} : { method: 'POST', body: JSON.stringify({ key, value: 'yes' }) }
  const began = performance.now()
  const label = key === undefined ? {} : { key }
  try {
    const answer = await fetch(url, { headers, ...post })
    await answer.arrayBuffer()
    const retry_after = answer.headers.get('retry-after')
    return { what: url, began, ended: performance.now(), status: answer.status, retry_after, ...label }
  } catch (error) {
    const what = `${url}: ${error instanceof Error ? error.cause : error}`
    return { what, began, ended: performance.now(), status: 599, retry_after: null, ...label }
  }
}

/** Signs the administrator of the seeds in. */
export async function signInAt(program: Program, password: string): Promise<string> {
  const json = { email: 'admin@barong.io', password, application_id: program.application_id }
  const { body } = await program.call('POST', '/sessions', { json })
  if (typeof body !== 'string') throw new Error(`Nobody could sign in: ${JSON.stringify(body)}`)
  return body
}

/** The labels that were added, by what was answered, and are not there. */
export async function lostLabels(program: Program, token: string, outcomes: readonly Outcome[]): Promise<string[]> {
  const { body } = await program.call('GET', '/labels', { token })
  const kept = new Set(body.map(({ key }: { key: string }) => key))
  return outcomes.flatMap(({ key, status }) => (key !== undefined && status === 201 && !kept.has(key) ? [key] : []))
}
