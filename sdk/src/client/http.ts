import { solveProofOfWork } from '../proof-of-work.ts'
import { bad, good, type Result } from './call.ts'
import { errorOf, networkError } from './errors.ts'
import type { CallOptions } from './operation.ts'
import { formOf, hasFile, pathOf, queryOf } from './parameters.ts'
import { upload } from './upload.ts'

/** How the server is reached. */
export interface HttpOptions {
  /** Address of the server, such as `https://accounts.example`; in its own pages it can be left out. */
  url?: string
  /** In place of the global `fetch`. */
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

/** How often work is done for one request: the server may ask for more once other guesses came between. */
const WORK_AT_MOST = 2

/** Opens the way to a server. */
export function openHttp(options: HttpOptions): Http {
  const url = addressOf(options.url)
  const { credentials = 'same-origin', timeout = 30_000 } = options

  const ask = async (address: string, method: string, request: Asked): Promise<Response> => {
    const { token, signal, onProgress } = request
    const { body, type } = payloadOf(request.body)
    const headers = {
      accept: 'application/json',
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers,
    }
    const sent =
      body instanceof FormData && onProgress
        ? upload(address, { method, headers, body, signal, onProgress })
        : undefined
    if (sent) return sent
    const fetch = options.fetch ?? globalThis.fetch
    const init = { method, headers, credentials, signal }
    return fetch(address, body === undefined ? init : { ...init, body })
  }

  /** Asks, and has `read` look at a good answer before the time is over. */
  const reach = async <T>(
    address: string,
    { method = 'GET', ...request }: Omit<Sent, 'name' | 'path' | 'query'> & { method?: string },
    read: (response: Response) => T | Promise<T>,
  ): Promise<Result<T>> => {
    let { headers = {} } = request
    for (let worked = 0; ; worked += 1) {
      request.signal?.throwIfAborted()
      const limit = limitOf(request.signal, hasFile(request.body) ? undefined : timeout)
      try {
        const response = await ask(address, method, { ...request, headers, signal: limit.signal })
        if (response.ok) return good(await read(response))
        const error = errorOf(response, await bodyOf(response).catch(() => undefined))
        if (error.kind !== 'proof_of_work_required' || worked === WORK_AT_MOST) return bad(error)
        headers = { ...headers, 'proof-of-work': await solveProofOfWork(error.proofOfWork) }
      } catch (cause) {
        if (request.signal?.aborted) throw request.signal.reason
        return bad(networkError(cause))
      } finally {
        limit.clear()
      }
    }
  }

  return {
    url,
    fetch: (address, request) => reach(address, request, (response) => response),
    send: async <T>({ name, path, query, ...request }: Sent): Promise<Result<T>> => {
      const [method = '', template = ''] = name.split(' ')
      const address = `${url}${pathOf(template, path)}${queryOf(query)}`
      return reach<T>(address, { ...request, method }, bodyOf)
    },
  }
}

interface Asked extends Omit<Sent, 'name' | 'signal'> {
  signal: AbortSignal
}

/** A signal that is given when the caller's is, or when the time is over, until it is cleared. */
function limitOf(signal: AbortSignal | undefined, timeout: number | undefined) {
  const controller = new AbortController()
  const stop = () => controller.abort(signal?.reason)
  signal?.addEventListener('abort', stop)
  const late = () => controller.abort(new DOMException('The server did not answer in time', 'TimeoutError'))
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout)
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', stop)
    },
  }
}

function addressOf(url = ''): string {
  if (url !== '' && !/^https?:\/\/[^/]/.test(url))
    throw new TypeError(`url must begin with http:// or https://, not ${url}`)
  if (url === '' && !('location' in globalThis)) throw new TypeError('url is needed outside of browsers')
  return url.replace(/\/+$/, '')
}

function payloadOf(body: unknown): { body?: FormData | URLSearchParams | string; type?: string } {
  if (body === undefined) return {}
  if (body instanceof URLSearchParams) return { body }
  return hasFile(body) ? { body: formOf(body) } : { body: JSON.stringify(body), type: 'application/json' }
}

/** What an answer says; `undefined` where it says nothing. Errors of reading it are the caller's. */
async function bodyOf(response: Response) {
  if (response.headers.get('content-type')?.includes('json') !== true) {
    const blob = await response.blob()
    return blob.size === 0 ? undefined : blob
  }
  const text = await response.text()
  return text === '' ? undefined : (JSON.parse(text) ?? undefined)
}
