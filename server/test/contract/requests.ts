import type { HTTPMethods, InjectOptions } from 'fastify'
import { aPdf, aPng, multipart } from '../support/multipart.ts'
import type { RecordedFile, RecordedRequest } from './recordings.ts'
import { codeOf, tokenOf, type World } from './world.ts'

/** Recorded codes of authenticators that were right when they were sent, and whose they were. */
const RIGHT_CODES: Readonly<Record<string, string>> = {
  '294772': 's2@example.com',
  '089586': 's2@example.com',
  '241605': 'sec@example.com',
  '704383': 'ak@example.com',
  '469081': 'ak9@example.com',
}

/** The recorded request with our tokens, ids, codes and keys in the places of the recorded ones. */
export async function ourRequest(world: World, recorded: RecordedRequest): Promise<RecordedRequest> {
  let text = ours(world, JSON.stringify(recorded))
  for (const [placeholder, email] of text.matchAll(/<jwt session ([^>]+@[^>]+)>/g)) {
    text = text.replaceAll(placeholder, await tokenOf(world, email ?? ''))
  }
  for (const [code, email] of Object.entries(RIGHT_CODES)) {
    if (!new RegExp(`\\b${code}\\b`).test(text)) continue
    const own = codeOf(world, email)
    world.codes.set(code, own)
    text = text.replaceAll(code, own)
  }
  return JSON.parse(text)
}

/** Text with what is known of the recordings replaced by ours. */
export function ours({ known, once }: World, text: string): string {
  let replaced = text
  for (const [recorded, own] of [...once, ...known]) replaced = replaced.replaceAll(recorded, own)
  return replaced
}

/** The request as the server's `inject` takes it. */
export function injection(request: RecordedRequest): InjectOptions & { method: HTTPMethods } {
  const { method, path, headers = {} } = request
  const payload = payloadOf(request)
  return { method: methodOf(method), url: path, headers, ...(payload === undefined ? {} : { payload }) }
}

function payloadOf({ json, form, body, multipart: parts }: RecordedRequest): string | Buffer | undefined {
  if (json !== undefined) return JSON.stringify(json)
  if (form !== undefined) return new URLSearchParams(form).toString()
  if (body !== undefined) return Buffer.from(body, 'latin1')
  if (parts !== undefined) return formOf(parts)
  return undefined
}

function formOf(parts: NonNullable<RecordedRequest['multipart']>): Buffer {
  return multipart(
    parts.map(([name, value]) => [name, typeof value === 'string' ? value : { ...value, content: contentOf(value) }]),
  ).payload
}

/** A file of the recorded size; of the recorded type as far as that many bytes allow it. */
function contentOf({ type, size }: RecordedFile): Buffer {
  return (type === 'application/pdf' ? aPdf() : aPng(size)).subarray(0, size)
}

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

function methodOf(text: string): (typeof METHODS)[number] {
  const method = METHODS.find((candidate) => candidate === text)
  if (!method) throw new Error(`${text} is not a recorded method.`)
  return method
}
