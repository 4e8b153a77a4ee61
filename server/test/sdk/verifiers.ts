import { createVerifier, type Verifier, type VerifierOptions } from '../../../sdk/src/verifier.ts'
import { eventually } from '../support/program.ts'
import type { TestServer } from '../support/server.ts'

const ORIGIN = 'http://barong.test'

/** Asks the server without a socket; `change` stands for whoever sits between. */
export function fetchFrom(
  { app }: TestServer,
  change: (path: string, answer: Response) => Response | Promise<Response> = (_, answer) => answer,
): typeof fetch {
  return async (input, { headers } = {}) => {
    const path = String(input).slice(ORIGIN.length)
    const answer = await app.inject({ method: 'GET', url: path, headers: Object.fromEntries(new Headers(headers)) })
    const names = Object.entries(answer.headers).map(([name, value]): [string, string] => [name, String(value)])
    const body = answer.statusCode === 304 ? null : answer.body
    return change(path, new Response(body, { status: answer.statusCode, headers: names }))
  }
}

/** A verifier of the server's tokens, at its time. */
export const verifierOf = (server: TestServer, options: Partial<VerifierOptions> = {}): Verifier =>
  createVerifier({
    url: ORIGIN,
    fetch: fetchFrom(server),
    now: server.clock.now,
    revocations: { pollEvery: 5 },
    ...options,
  })

/** Why the verifier refuses a token, or `good`. */
export const verdictOf = async (verifier: Verifier, token: string): Promise<string> => {
  const verdict = await verifier.verify(token)
  return 'refused' in verdict ? verdict.refused : 'good'
}

/** Waits until the verdict on a token is the wanted one. */
export const becomes = (verifier: Verifier, token: string, wanted: string) =>
  eventually(async () => ((await verdictOf(verifier, token)) === wanted ? true : undefined))
