import { createHash } from 'node:crypto'
import { leadingZeros } from '../../src/lib/leading-zeros.ts'
import type { TestServer } from './server.ts'

/** A browser or program that signs in: it keeps its device cookie, and does what work it is asked for. */
export interface Caller {
  address: string
  cookie: string
}

export const aCaller = (address: string): Caller => ({ address, cookie: '' })

/** Tries to sign in as from the caller's address. */
export async function tryPassword(
  server: TestServer,
  caller: Caller,
  json: { email: string; password: string; application_id: string; otp_code?: string; expires_in?: string },
  proof?: string,
) {
  const answer = await server.app.inject({
    method: 'POST',
    url: '/api/v1/sessions',
    remoteAddress: caller.address,
    headers: { cookie: caller.cookie, ...(proof === undefined ? {} : { 'proof-of-work': proof }) },
    payload: json,
  })
  const given = answer.cookies.find(({ name }) => name === 'barong_device')
  if (given) caller.cookie = `${given.name}=${given.value}`
  return { status: answer.statusCode, body: answer.json(), retry_after: answer.headers['retry-after'] }
}

/** Does the work that a refusal asks for. */
export function work({ challenge, difficulty }: { challenge: string; difficulty: number }): string {
  for (let number = 0; ; number++) {
    const hash = createHash('sha256').update(`${challenge}:${number}`).digest()
    if (leadingZeros(hash) >= difficulty) return `${challenge}:${number}`
  }
}

/** The address of the nth of many machines. */
export const addressOf = (index: number): string => `100.${64 + (index >> 16)}.${(index >> 8) & 255}.${index & 255}`
