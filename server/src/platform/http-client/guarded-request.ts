import { lookup } from 'node:dns/promises'
import { request as requestHttp } from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { isPublic } from './addresses.ts'

/** What an outgoing request to an address that others chose must keep to. */
export interface Guard {
  /** Whether only https is spoken. */
  https_only: boolean
  /** Which addresses outside of the public Internet may be reached nevertheless. */
  allowed(address: string): boolean
  /** Milliseconds for the whole exchange. */
  timeout: number
  /** Finds all addresses of a host; the system's resolver where it is left out. */
  resolve?: Resolve
}

type Resolve = (host: string, options: { all: true; family: number }) => Promise<{ address: string; family: number }[]>

/** What is asked. */
interface GuardedRequest {
  method: 'GET' | 'POST'
  headers: Readonly<Record<string, string>>
  body: string
}

/** What was answered; headers in lower case. */
export interface GuardedReply {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  /** As far as it was read. */
  body: Buffer
  /** Whether the body was longer than what is read. */
  cut: boolean
}

/** Bytes of an answer that are read before the connection is cut. */
const ANSWER_LIMIT = 64 * 1024

/** Why the URL may not be called, whatever its host resolves to; `undefined` when it may. */
export function urlProblem(url: string, { https_only, allowed }: Pick<Guard, 'https_only' | 'allowed'>) {
  if (!URL.canParse(url)) return 'is not an absolute URL'
  const { protocol, username, password, hostname, hash } = new URL(url)
  if (protocol !== 'https:' && (https_only || protocol !== 'http:'))
    return https_only ? 'must begin with https://' : 'must begin with https:// or http://'
  if (username !== '' || password !== '') return 'must not carry a user name or password'
  if (hash !== '') return 'must not have a fragment'
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) !== 0 && !mayReach(address, allowed) ? notPublic(address) : undefined
}

/**
 * Why the host of the URL may not be called, as far as its name tells now; `undefined` when it may, and when the name leads
 * nowhere: it may later.
 */
export async function hostProblem(url: string, { allowed, resolve = lookup }: Pick<Guard, 'allowed' | 'resolve'>) {
  const addresses = await resolve(new URL(url).hostname, { all: true, family: 0 }).catch(() => [])
  const forbidden = addresses.find(({ address }) => !mayReach(address, allowed))
  return forbidden && notPublic(forbidden.address)
}

const notPublic = (address: string): string =>
  `is at ${address}, which is not a public address (WEBHOOK_ALLOWED_NETWORKS can allow it)`

/**
 * Asks an address that others chose. The host's addresses are resolved once, all of them must be allowed, and the connection
 * goes to one of these: a name that changes its mind between check and use (DNS rebinding) gains nothing. Redirects are not
 * followed.
 */
async function guardedRequest(
  url: string,
  { method, headers, body }: GuardedRequest,
  guard: Guard,
): Promise<GuardedReply> {
  const problem = urlProblem(url, guard)
  if (problem !== undefined) throw new Error(`The URL ${problem}`)
  const signal = AbortSignal.timeout(guard.timeout)
  const target = new URL(url)
  const request = target.protocol === 'https:' ? requestHttps : requestHttp
  const length = method === 'POST' ? { 'content-length': String(Buffer.byteLength(body)) } : {}
  try {
    return await new Promise<GuardedReply>((done, fail) => {
      const options = {
        method,
        headers: { ...headers, ...length },
        lookup: guardedLookup(guard),
        // A connection of its own each time: one that is kept would outlive the check of its address.
        agent: false,
        signal,
      }
      const outgoing = request(target, options, (response) => {
        const { statusCode = 0, headers } = response
        const chunks: Buffer[] = []
        let size = 0
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size > ANSWER_LIMIT) response.destroy()
          else chunks.push(chunk)
        })
        response.on('close', () => {
          const cut = size > ANSWER_LIMIT || !response.complete
          done({ status: statusCode, headers, body: Buffer.concat(chunks), cut })
        })
        response.on('error', fail)
      })
      outgoing.on('error', fail)
      outgoing.end(body)
    })
  } catch (error) {
    if (signal.aborted) throw new Error(`No answer within ${guard.timeout / 1000} seconds`, { cause: error })
    throw error
  }
}

/** Posts a body; of what is answered the status and the headers count. */
export const guardedPost = (
  url: string,
  headers: Record<string, string>,
  body: string,
  guard: Guard,
): Promise<GuardedReply> => guardedRequest(url, { method: 'POST', headers, body }, guard)

/** Gets a JSON document of 64 KiB at most. Rejects when there is none. */
export async function guardedJson(url: string, guard: Guard): Promise<unknown> {
  const headers = { accept: 'application/json', 'user-agent': 'Barong' }
  const { status, body, cut } = await guardedRequest(url, { method: 'GET', headers, body: '' }, guard)
  if (status !== 200) throw new Error(`The answer was ${status}`)
  if (cut) throw new Error('The answer was too long, or broke off')
  return JSON.parse(body.toString())
}

const mayReach = (address: string, allowed: Guard['allowed']): boolean => isPublic(address) || allowed(address)

const guardedLookup =
  ({ allowed, resolve = lookup }: Guard): LookupFunction =>
  (hostname, options, callback) => {
    resolve(hostname, { all: true, family: Number(options.family ?? 0) }).then(
      (addresses) => {
        const forbidden = addresses.find(({ address }) => !mayReach(address, allowed))
        const [first] = addresses
        if (forbidden) callback(new Error(`${hostname} ${notPublic(forbidden.address)}`), '', 0)
        else if (!first) callback(new Error(`${hostname} has no address`), '', 0)
        else if (options.all) callback(null, addresses)
        else callback(null, first.address, first.family)
      },
      (error: Error) => callback(error, '', 0),
    )
  }
