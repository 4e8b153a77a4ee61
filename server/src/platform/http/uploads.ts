import type { ServerResponse } from 'node:http'
import { finished, type Readable } from 'node:stream'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { parseMultipart } from './multipart-body.ts'
import { holdBytes } from './open-bodies.ts'
import { fileParameters } from './parameters.ts'
import type { Spool } from './spool.ts'

/** Where uploaded files go until their request is answered, and whose are let in. */
export interface Uploads {
  spool: Spool
  /** Whether the caller may use the disk; asked before a file is read, when its headers and earlier fields are known. */
  mayUpload(request: FastifyRequest): Promise<boolean>
}

/** 12 MiB: a file of the greatest size with the other fields. */
const UPLOAD_LIMIT = 12 * 1024 * 1024

/**
 * Takes `multipart/form-data`. A file is kept for operations that declare it, if the caller may upload, until the answer was
 * sent or the connection is gone; anywhere else a file is read to its end and forgotten. `note` is handed the fields that
 * came before a file.
 */
export function takeMultipart(
  http: FastifyInstance,
  uploads: Uploads | undefined,
  note: (request: FastifyRequest, fields: Record<string, unknown>) => void,
): void {
  const responses = new WeakMap<FastifyRequest, ServerResponse>()
  http.addHook('preParsing', (request, reply, payload, done) => {
    if (request.headers['content-type'] !== undefined) responses.set(request, reply.raw)
    done(null, payload)
  })
  http.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, body: Readable) => {
    const names = fileParameters(request.routeOptions.schema?.body)
    const { parameters, files } = await parseMultipart(body, {
      headers: request.headers,
      limit: names.length > 0 ? UPLOAD_LIMIT : request.routeOptions.bodyLimit,
      hold: (bytes) => holdBytes(request, bytes),
      spoolFor: async (name, fields) => {
        if (!uploads || !names.includes(name)) return undefined
        note(request, fields)
        return (await uploads.mayUpload(request)) ? uploads.spool : undefined
      },
    })
    const response = responses.get(request)
    for (const file of files) {
      if (response) finished(response, () => file[Symbol.asyncDispose]())
    }
    return parameters
  })
}
