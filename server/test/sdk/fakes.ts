import { type BarongError, createBarong, passwords, type TokenStore, type Tokens } from '../../../sdk/src/index.ts'

export const URL = 'http://barong.test'
const HOUR = 3600

/** A token of somebody, which nobody signed; each is another one. */
export function aTokenOf(uid: string): string {
  const iat = Math.floor(Date.now() / 1000)
  const claims = { uid, iat, exp: iat + 4 * HOUR, jti: crypto.randomUUID() }
  return ['{}', JSON.stringify(claims), 'x'].map((part) => Buffer.from(part).toString('base64url')).join('.')
}

/** Tokens as they were got just now, or some seconds ago. */
export const heldOf = (token: string, ago = 0): Tokens => ({
  token,
  since: Date.now() - ago * 1000,
  lifetime: 4 * HOUR * 1000,
})

/** What a server answers that is not there: by `GET /path`, with what it was sent. */
export type Answers = Record<string, (request: Request) => Response | Promise<Response>>

/** A `fetch` that reaches no server, and the requests that were sent. */
export function answering(answers: Answers): { fetch: typeof fetch; sent: Request[] } {
  const sent: Request[] = []
  return {
    sent,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      sent.push(request)
      const answer = answers[`${request.method} ${new globalThis.URL(request.url).pathname}`]
      if (!answer) throw new TypeError(`Nothing answers ${request.method} ${request.url}`)
      return answer(request)
    },
  }
}

export const EXPIRED = () => Response.json({ error: 'The access token expired' }, { status: 401 })
export const HTML = (status: number) => () =>
  new Response('<h1>default backend</h1>', { status, headers: { 'content-type': 'text/html' } })

/** What a client was told of the end of its session. */
export const ended = () => {
  const ends: BarongError[] = []
  return { ends, onSignedOut: (error: BarongError) => ends.push(error) }
}

/** Whose token each request bore. */
export const bearersOf = (sent: readonly Request[]): (string | null)[] =>
  sent.map(({ headers }) => headers.get('authorization')?.slice('Bearer '.length) ?? null)

/** A client of people with a password, by tokens that are there. */
export const aClientWith = (
  store: TokenStore,
  answers: Answers,
  onSignedOut: (error: BarongError) => void = () => {},
) => {
  const { fetch, sent } = answering(answers)
  return {
    barong: createBarong({ url: URL, fetch, auth: passwords({ application_id: 'a', store, onSignedOut }) }),
    sent,
  }
}
