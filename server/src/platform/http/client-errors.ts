import { STATUS_CODES } from 'node:http'
import type { FastifyServerOptions } from 'fastify'
import { baseHeaders } from './security-headers.ts'

const TOLD: Readonly<Record<string, readonly [status: number, text: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The request headers are too large'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The request is too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long'],
}

type Handler = NonNullable<FastifyServerOptions['clientErrorHandler']>

/** Answers what is no request that could be routed, such as too many headers, in the form of every other refusal. */
export const answerClientErrors: Handler = (error, socket) => {
  const [status, text] = TOLD[error.code] ?? [400, 'The request is not valid HTTP']
  const body = JSON.stringify({ error: text })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(baseHeaders({ production: false })).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ]
  // A peer that is gone already reads nothing.
  if (error.code !== 'ECONNRESET' && socket.writable) socket.write(`${head.join('\r\n')}\r\n\r\n${body}`)
  socket.destroy(error)
}
