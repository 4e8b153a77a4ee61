import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import { text } from 'node:stream/consumers'

export interface Posted {
  method: string
  path: string
  headers: IncomingHttpHeaders
  body: string
}

/** `undefined` never answers. */
export type Answer = { status: number; headers?: Record<string, string>; body?: string } | undefined

export interface HttpServer extends AsyncDisposable {
  url: string
  requests: Posted[]
}

/** An HTTP server on a free port of the loopback that keeps what it was sent and answers as told. */
export async function httpServer(answer: (request: Posted) => Answer): Promise<HttpServer> {
  const requests: Posted[] = []
  const server = createServer(async (request, reply) => {
    const { method = '', url: path = '', headers } = request
    const posted = { method, path, headers, body: await text(request) }
    requests.push(posted)
    const answered = answer(posted)
    if (answered !== undefined) reply.writeHead(answered.status, answered.headers).end(answered.body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${address.port}`, requests, [Symbol.asyncDispose]: close }
}
