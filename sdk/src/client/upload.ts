import { newXhr, type Xhr } from './browser.ts'

/** A request that is sent with news of how far it is. */
export interface Upload {
  method: string
  headers: Headers
  body: FormData
  credentials: 'same-origin' | 'include'
  signal: AbortSignal
  onProgress(part: number): void
}

/** Sends a request as `fetch` does, telling how far it is; `undefined` where nothing can tell, as in Node. */
export function upload(
  url: string,
  { method, headers, body, credentials, signal, onProgress }: Upload,
): Promise<Response> | undefined {
  const xhr = newXhr()
  if (!xhr) return undefined
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason)
    const stop = () => xhr.abort()
    signal.addEventListener('abort', stop)
    xhr.addEventListener('loadend', () => signal.removeEventListener('abort', stop))
    xhr.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0))
    xhr.addEventListener('load', () => resolve(responseOf(xhr)))
    xhr.addEventListener('error', () => reject(new TypeError('The request failed')))
    xhr.addEventListener('abort', () => reject(signal.reason))
    xhr.open(method, url)
    xhr.withCredentials = credentials === 'include'
    headers.forEach((value, name) => {
      xhr.setRequestHeader(name, value)
    })
    xhr.send(body)
  })
}

function responseOf(xhr: Xhr): Response {
  const lines = xhr.getAllResponseHeaders().trim().split(/\r?\n/)
  const headers = lines.flatMap((line): [string, string][] => {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? []
    return name === undefined || value === undefined ? [] : [[name, value]]
  })
  const body = [204, 304].includes(xhr.status) ? null : xhr.responseText
  return new Response(body, { status: xhr.status, headers })
}
