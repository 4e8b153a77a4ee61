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

  const ask = async (address: string, method: string, request: Omit<Sent, 'name'>): Promise<Response> => {
    const { token, signal, onProgress } = request
    const { body, type } = payloadOf(request.body)
    const headers = {
      accept: 'application/json',
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...request.headers,
    }
    const sendFile = body instanceof FormData
    const sent = sendFile && onProgress ? upload(address, { method, headers, body, signal, onProgress }) : undefined
    if (sent) return sent
    const limits = [...(signal ? [signal] : []), ...(sendFile ? [] : [AbortSignal.timeout(timeout)])]
    const fetch = options.fetch ?? globalThis.fetch
    const init = { method, headers, credentials, signal: AbortSignal.any(limits) }
    return fetch(address, body === undefined ? init : { ...init, body })
  }

  const reach: Http['fetch'] = async (address, { method = 'GET', ...request }) => {
    let { headers = {} } = request
    for (let worked = 0; ; worked += 1) {
      try {
        const response = await ask(address, method, { ...request, headers })
        if (response.ok) return good(response)
        const error = errorOf(response, await bodyOf(response).catch(() => undefined))
        if (error.kind !== 'proof_of_work_required' || worked === WORK_AT_MOST) return bad(error)
        headers = { ...headers, 'proof-of-work': await solveProofOfWork(error.proofOfWork) }
      } catch (cause) {
        if (request.signal?.aborted) throw request.signal.reason
        return bad(networkError(cause))
      }
    }
  }

  return {
    url,
    fetch: reach,
    send: async <T>({ name, path, query, ...request }: Sent): Promise<Result<T>> => {
      const [method = '', template = ''] = name.split(' ')
      const address = `${url}${pathOf(template, path)}${queryOf(query)}`
      const answer = await reach(address, { ...request, method })
      if (answer.error) return answer
      try {
        const data: T = await bodyOf(answer.data)
        return good(data)
      } catch (cause) {
        return bad(networkError(cause))
      }
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
