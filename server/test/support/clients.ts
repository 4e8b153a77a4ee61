import { setTimeout as pause } from 'node:timers/promises'
import type { Program } from './program.ts'

/** One request: when it was sent and answered (milliseconds), and how; 599 stands for no answer. */
export interface Outcome {
  what: string
  began: number
  ended: number
  status: number
  retry_after: string | null
  /** The further token that it was answered with. */
  renewed?: string
}

export interface Client {
  outcomes: Outcome[]
}

/** Milliseconds between the requests of one client. */
const PACE = 15

/** Renews the session and reads the account, at one node after the other of those that the list has then, until told to stop. */
export async function useWithoutPause(
  nodes: readonly Pick<Program, 'url'>[],
  token: string,
  stop: AbortSignal,
): Promise<Client> {
  const outcomes: Outcome[] = []
  for (let count = 0; !stop.aborted; count += 1) {
    const url = nodes[count % nodes.length]?.url ?? ''
    const reads = count % 3 === 0
    outcomes.push(await ask(`${url}/api/v1/${reads ? 'accounts/me' : 'security/renew'}`, token, reads ? 'GET' : 'POST'))
    await pause(PACE)
  }
  return { outcomes }
}

async function ask(url: string, token: string, method: 'GET' | 'POST'): Promise<Outcome> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const began = performance.now()
  try {
    const answer = await fetch(url, { headers, method })
    const body: unknown = JSON.parse(await answer.text())
    const retry_after = answer.headers.get('retry-after')
    const outcome = { what: `${method} ${url}`, began, ended: performance.now(), status: answer.status, retry_after }
    return typeof body === 'string' ? { ...outcome, renewed: body } : outcome
  } catch (error) {
    const what = `${method} ${url}: ${error instanceof Error ? error.cause : error}`
    return { what, began, ended: performance.now(), status: 599, retry_after: null }
  }
}

/** Signs the administrator of the seeds in. */
export async function signInAt(program: Program, password: string): Promise<string> {
  const json = { email: 'admin@barong.io', password, application_id: program.application_id }
  const { body } = await program.call('POST', '/sessions', { json })
  if (typeof body !== 'string') throw new Error(`Nobody could sign in: ${JSON.stringify(body)}`)
  return body
}

/** How many tokens that were given out are of no session that is there. */
export async function lostSessions(program: Program, outcomes: readonly Outcome[]): Promise<number> {
  const tokens = outcomes.flatMap(({ renewed }) => (renewed === undefined ? [] : [renewed]))
  if (tokens.length === 0) throw new Error('No session was renewed.')
  let lost = 0
  for (const token of tokens) if ((await program.call('GET', '/accounts/me', { token })).status !== 200) lost += 1
  return lost
}
