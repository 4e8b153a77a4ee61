import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export interface FakeS3 extends AsyncDisposable {
  url: string
  objects: Map<string, Buffer>
  /** The headers of every request, oldest first. */
  headers: IncomingMessage['headers'][]
}

/** The access key the fake knows; its signatures are only looked at for their form. */
export const access_key = 'AKIDEXAMPLE'
export const bucket = 'documents'

const signature = new RegExp(
  `^AWS4-HMAC-SHA256 Credential=${access_key}/\\d{8}/eu-central-1/s3/aws4_request, SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}$`,
)

/** PUT, GET and DELETE of objects in one bucket, addressed by path, on a free port of the loopback. */
export async function fakeS3(): Promise<FakeS3> {
  const objects = new Map<string, Buffer>()
  const headers: FakeS3['headers'] = []
  const server = createServer(async (request, reply) => {
    headers.push(request.headers)
    await answer(objects, request, reply)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('No port')
  const close = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${address.port}`, objects, headers, [Symbol.asyncDispose]: close }
}

async function answer(objects: Map<string, Buffer>, request: IncomingMessage, reply: ServerResponse): Promise<void> {
  const body = await buffer(request)
  const { pathname } = new URL(request.url ?? '', 'http://s3')
  const prefix = `/${bucket}/`
  if (!signature.test(request.headers.authorization ?? '')) return refuse(reply, 403, 'AccessDenied')
  if (!pathname.startsWith(prefix)) return refuse(reply, 404, 'NoSuchBucket')
  const key = pathname.slice(prefix.length)

  if (request.method === 'PUT') {
    const hash = createHash('sha256').update(body).digest('hex')
    if (request.headers['x-amz-content-sha256'] !== hash) return refuse(reply, 400, 'XAmzContentSHA256Mismatch')
    objects.set(key, body)
    reply.writeHead(200, { etag: `"${hash.slice(0, 32)}"` }).end()
  } else if (request.method === 'GET') {
    const object = objects.get(key)
    if (object === undefined) return refuse(reply, 404, 'NoSuchKey')
    reply.writeHead(200, { 'content-length': object.length }).end(object)
  } else if (request.method === 'DELETE') {
    objects.delete(key)
    reply.writeHead(204).end()
  } else refuse(reply, 405, 'MethodNotAllowed')
}

function refuse(reply: ServerResponse, status: number, code: string): void {
  const body = `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`
  reply.writeHead(status, { 'content-type': 'application/xml' }).end(body)
}
