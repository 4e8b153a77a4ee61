import { setTimeout as pause } from 'node:timers/promises'

/** What a person's label was set to, in the order in which it became true. */
export type Ledger = Map<string, string[]>

export interface Person {
  uid: string
  token: string
}

/** Key of the label that the load changes. */
export const COUNTER = 'counter'
/** Milliseconds between the changes of one person: what is tested is the kills, not how much can be done. */
const PACE = 40
/** Milliseconds within which a database ends what it had begun to commit. */
const COMMIT = 500
const HEADERS = { 'content-type': 'application/json' }

/** Signs somebody up with the command's help, and in. Needs everything to be up. */
export async function signIn(node: string, email: string, password: string, application_id: string): Promise<Person> {
  const answer = await fetch(`${node}/api/v1/sessions`, {
    method: 'POST',
    headers: HEADERS,
    body: JSON.stringify({ email, password, application_id }),
  })
  const token: unknown = await answer.json()
  if (typeof token !== 'string') throw new Error(`Nobody could sign in: ${JSON.stringify(token)}`)
  const me = await fetch(`${node}/api/v1/accounts/me`, { headers: { authorization: `Bearer ${token}` } })
  const { uid }: { uid: string } = JSON.parse(await me.text())
  return { uid, token }
}

/** Gives a person's label one value after the other until told to stop, and notes every value that became true. */
export async function changeLabel(nodes: readonly string[], person: Person, ledger: Ledger, stop: AbortSignal) {
  const values: string[] = []
  ledger.set(person.uid, values)
  for (let count = 0; !stop.aborted || values.length === 0; count++) {
    const node = nodes[count % nodes.length] ?? ''
    const value = `value-${count}`
    const exists = values.length > 0
    const body = JSON.stringify(exists ? { value } : { key: COUNTER, value })
    const answer = await call(node, exists ? 'PATCH' : 'POST', exists ? `/${COUNTER}` : '', person, body)
    // Whether the change became true is known from a 2xx alone; else the label itself is asked, as soon as it answers,
    // and once PostgreSQL has surely finished what it was told by a server that died.
    if (!answer?.ok) await pause(COMMIT)
    const current = answer?.ok ? value : await readValue(nodes, person)
    if (current === value) values.push(value)
    await pause(PACE)
  }
}

async function readValue(nodes: readonly string[], person: Person): Promise<string | undefined> {
  for (let count = 0; count < 2000; count++) {
    const answer = await call(nodes[count % nodes.length] ?? '', 'GET', `/${COUNTER}`, person)
    if (answer?.status === 404) return undefined
    if (answer?.ok) return answer.value
    await pause(50)
  }
  throw new Error('Nobody answers.')
}

async function call(node: string, method: string, path: string, { token }: Person, body?: string) {
  try {
    const answer = await fetch(`${node}/api/v1/labels${path}`, {
      method,
      headers: { ...HEADERS, authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body }),
    })
    const { value }: { value?: string } = JSON.parse(await answer.text())
    return { ok: answer.ok, status: answer.status, value }
  } catch {
    return undefined
  }
}
