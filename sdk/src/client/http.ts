import { addressOf } from '../address.ts'
import { fileOperations } from '../generated/file-operations.ts'
import { solveProofOfWork } from '../proof-of-work.ts'
import { originHere } from './browser.ts'
import { bad, good, type Result } from './call.ts'
import type { Dpop } from './dpop.ts'
import { errorOf, networkError, proofFaultOf, unexpected } from './errors.ts'
import type { CallOptions } from './operation.ts'
import { formOf, hasFile, pathOf, queryOf } from './parameters.ts'
import { isBound } from './tokens.ts'
import { upload } from './upload.ts'

/** How the server is reached. */
export interface HttpOptions {
  /** Address of the server, such as `https://accounts.example`; in its own pages it can be left out. */
  url?: string
  /** In place of the global `fetch`; nothing tells then how far an upload is. */
  fetch?: typeof globalThis.fetch
  /** Whether cookies go along to another origin, which must allow it; `same-origin` unless told. */
  credentials?: 'same-origin' | 'include'
  /** Milliseconds after which an answer is not waited for any longer, 30,000 unless told; files take as long as they take. */
  timeout?: number
}

/** One request. */
export interface Sent extends CallOptions {
  /** `POST /api/v1/labels` */
  name: string
  path?: object | undefined
  query?: object | undefined
  /** Sent as JSON, or as a form where there is a file in it; `URLSearchParams` as they are. */
  body?: unknown
  token?: string | undefined
  /** Proves the request. */
  dpop?: Dpop | undefined
}

/** Speaks with the server, and knows nothing of who is signed in. */
export interface Http {
  /** Address of the server, without a slash at its end. */
  readonly url: string
  send<T>(request: Sent): Promise<Result<T>>
  /** The answer as it is, where it is good. */
  fetch(
    address: string,
    request: Omit<Sent, 'name' | 'path' | 'query'> & { method?: string },
  ): Promise<Result<Response>>
}

interface Asked extends Omit<Sent, 'name' | 'signal'> {
  signal: AbortSignal
}

/** Takes what it needs of a good answer; `lift` lets it take as long as it takes. */
type Reader<T> = (response: Response, lift: () => void) => Promise<Result<T>>

/** How often work is done for one request: the server may ask for more once other guesses came between. */
const WORK_AT_MOST = 2

/** Opens the way to a server. */
export function openHttp(options: HttpOptions): Http {
  const url = ownOr(options.url)
  const { credentials = 'same-origin', timeout = 30_000 } = options

  const ask = async (address: string, method: string, request: Asked): Promise<Response> => {
    const { signal, onProgress } = request
    const { body, type } = payloadOf(request.body)
    const headers = headersOf(request, type)
    const proof = await request.dpop?.proof({ method, url: wholeOf(address), token: request.token })
    if (proof !== undefined) headers.set('dpop', proof)
    if (body instanceof FormData && onProgress && !options.fetch) {
      const sent = upload(address, { method, headers, body, credentials, signal, onProgress })
      if (sent) return sent
    }
    const fetch = options.fetch ?? globalThis.fetch
    const init = { method, headers, credentials, signal }
    return fetch(address, body === undefined ? init : { ...init, body })
  }

  /** Asks, and has `read` look at a good answer before the time is over. */
  async function reach<T>(
    address: string,
    { method = 'GET', ...request }: Parameters<Http['fetch']>[1],
    read: Reader<T>,
  ): Promise<Result<T>> {
    let { headers = {} } = request
    let worked = 0
    let corrected = false
    for (;;) {
      request.signal?.throwIfAborted()
      const limit = limitOf(request.signal, hasFile(request.body) ? undefined : timeout)
      try {
        const response = await ask(address, method, { ...request, headers, signal: limit.signal })
        if (response.ok) return await read(response, limit.lift)
        const error = errorOf(response, jsonOf(response, await response.text()))
        if (request.dpop?.learn(wholeOf(address), response, proofFaultOf(error)) && !corrected) {
          corrected = true
          continue
        }
        if (error.kind !== 'proof_of_work_required' || worked === WORK_AT_MOST) return bad(error)
        worked += 1
        headers = { ...headers, 'proof-of-work': await solveProofOfWork(error.proofOfWork, request) }
      } catch (cause) {
        request.signal?.throwIfAborted()
        return bad(networkError(cause))
      } finally {
        limit.clear()
      }
    }
  }

  return {
    url,
    fetch: (address, request) =>
      reach(address, request, async (response, lift) => {
        lift()
        return good(response)
      }),
    send: async <T>({ name, path, query, ...request }: Sent) => {
      const [method = '', template = ''] = name.split(' ')
      // A one-time code is kept out of addresses.
      const { totp_code, ...asked }: { totp_code?: unknown } = query ?? {}
      const address = `${url}${pathOf(template, path)}${queryOf(asked)}`
      const coded = typeof totp_code === 'string' ? { headers: { 'totp-code': totp_code, ...request.headers } } : {}
      const read = fileOperations.has(name) ? fileOf : dataOf
      return reach<T>(address, { ...request, ...coded, method }, async (response, lift) => {
        const result = await read(response, lift)
        if (result.error) return result
        return isAsDocumented<T>(result.data) ? good(result.data) : bad(unexpected(response))
      })
    },
  }
}

/** The API's documents say what each operation answers; here, and nowhere else, the server is taken at its word. */
const isAsDocumented = <T>(data: unknown): data is T => data !== NO_JSON

const NO_JSON = Symbol('no JSON')

const fileOf: Reader<unknown> = async (response, lift) => {
  lift()
  return good(await response.blob())
}

/** What an answer says; `undefined` where it says nothing. */
const dataOf: Reader<unknown> = async (response) => {
  const text = await response.text()
  return good(text === '' ? undefined : jsonOf(response, text))
}

function jsonOf({ headers }: Response, text: string): unknown {
  if (headers.get('content-type')?.includes('json') !== true) return NO_JSON
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return NO_JSON
  }
}

/** A signal that is given when the caller's is, or when the time is over, until it is cleared; once lifted, by the caller alone. */
function limitOf(signal: AbortSignal | undefined, timeout: number | undefined) {
  const controller = new AbortController()
  const stop = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', stop, { once: true })
  const late = () => controller.abort(new DOMException('The server did not answer in time', 'TimeoutError'))
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout)
  let isLifted = false
  return {
    signal: controller.signal,
    lift: () => {
      isLifted = true
      clearTimeout(timer)
    },
    clear: () => {
      clearTimeout(timer)
      if (!isLifted) signal?.removeEventListener('abort', stop)
    },
  }
}

/** What a caller says comes last, in whatever capitals. */
function headersOf({ token, headers = {} }: Pick<Sent, 'token' | 'headers'>, type: string | undefined): Headers {
  const all = new Headers({ accept: 'application/json' })
  if (type !== undefined) all.set('content-type', type)
  if (token !== undefined) all.set('authorization', `${isBound(token) ? 'DPoP' : 'Bearer'} ${token}`)
  for (const [name, value] of Object.entries(headers)) all.set(name, value)
  return all
}

function payloadOf(body: unknown): { body?: FormData | URLSearchParams | string; type?: string } {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams) return { body }
  return hasFile(body) ? { body: formOf(body) } : { body: JSON.stringify(body), type: 'application/json' }
}

/** The whole of an address that may be of the page's own server. */
const wholeOf = (address: string): string => (address.startsWith('/') ? `${originHere()}${address}` : address)

/** None stands for the page's own, in browsers. */
function ownOr(url = ''): string {
  if (url !== '') return addressOf(url)
  if (!('location' in globalThis)) throw new TypeError('url is needed outside of browsers')
  return url
}
