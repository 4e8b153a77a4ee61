import { newXhr, type Xhr } from './browser.ts'

/** A request that is sent with news of how far it is. */
export interface Upload {
  method: string
  headers: Readonly<Record<string, string>>
  body: FormData | string
  signal: AbortSignal
  onProgress(part: number): void
}

/** Sends a request as `fetch` does, telling how far it is; `undefined` where nothing can tell, as in Node. */
export function upload(
  url: string,
  { method, headers, body, signal, onProgress }: Upload,
): Promise<Response> | undefined {
  const xhr = newXhr()
  if (!xhr) return undefined
  return new Promise((resolve, reject) => {
    const stop = () => xhr.abort()
    signal.addEventListener('abort', stop)
    xhr.upload.addEventListener('progress', ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0))
    xhr.addEventListener('load', () => resolve(responseOf(xhr)))
    xhr.addEventListener('error', () => reject(new TypeError('The request failed')))
    xhr.addEventListener('abort', () => reject(signal.reason))
    xhr.open(method, url)
    for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value)
    if (signal.aborted) reject(signal.reason)
    else xhr.send(body)
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
