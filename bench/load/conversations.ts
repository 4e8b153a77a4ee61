import type { Reply } from './replies.ts'

/** What one connection says: a request after the other, each perhaps made of what was answered before. */
export interface Conversation {
  next(): Buffer
  /** Is told of each answer. */
  heard?(reply: Reply): void
}

/** A piece of work for one server: how to make conversations for so many connections, and what a good answer is. */
export interface Traffic {
  /** `atMost` requests will be made in all, for what must be prepared one by one. */
  prepare(connections: number, atMost: number): Conversation[] | Promise<Conversation[]>
  good: number
}

interface Request {
  method: string
  path: string
  headers?: Record<string, string>
  json?: unknown
  form?: Record<string, string>
}

/** The bytes of a request. */
export function requestBytes({ method, path, headers = {}, json, form }: Request): Buffer {
  const body = form ? String(new URLSearchParams(form)) : json === undefined ? '' : JSON.stringify(json)
  const type = form ? 'application/x-www-form-urlencoded' : json === undefined ? undefined : 'application/json'
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    ...(type ? [`content-type: ${type}`] : []),
    ...(method === 'GET' ? [] : [`content-length: ${Buffer.byteLength(body)}`]),
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
}

/** Traffic in which a connection repeats one request, of one of the given subjects. */
export const repeating = <T>(good: number, subjects: readonly T[], request: (subject: T) => Request): Traffic => ({
  good,
  prepare: (connections) =>
    Array.from({ length: connections }, (_, index) => {
      const bytes = subjects
        .slice(index % subjects.length)
        .slice(0, 1)
        .map(request)
        .map(requestBytes)
      return { next: () => bytes[0] ?? Buffer.alloc(0) }
    }),
})

/** Traffic in which each connection goes through all the subjects, from a place of its own on. */
export const cycling = <T>(good: number, subjects: readonly T[], request: (subject: T) => Request): Traffic => {
  const all = subjects.map(request).map(requestBytes)
  return {
    good,
    prepare: (connections) =>
      Array.from({ length: connections }, (_, index) => {
        let at = Math.floor((index * all.length) / connections)
        const next = () => {
          at = (at + 1) % all.length
          return all[at] ?? Buffer.alloc(0)
        }
        return { next }
      }),
  }
}

/** Traffic in which every request is another one. */
export const varying = (good: number, request: () => Request): Traffic => ({
  good,
  prepare: (connections) => Array.from({ length: connections }, () => ({ next: () => requestBytes(request()) })),
})

export const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

export const basic = (name: string, secret: string): Record<string, string> => ({
  authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`,
})
