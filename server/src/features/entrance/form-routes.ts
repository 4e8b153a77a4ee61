import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { type Page, sendPage } from '../../platform/http/pages.ts'

/** What is wrong with one field of a form, or with the whole where no field is named. */
export interface Fault {
  field?: string
  text: string
}

/** Answers with what `go` answers, or with the page once more that says why not. */
export async function orAgain(
  request: FastifyRequest,
  reply: FastifyReply,
  page: (faults: Fault[]) => Page,
  go: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await go()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return sendPage(request, reply.headers(error.headers), 422, page(faultsOf(error)))
  }
}

function faultsOf({ body, fields, message }: Refusal): Fault[] {
  const faults = Object.entries(fields).flatMap(([field, texts]) => texts.map((text) => ({ field, text })))
  if (faults.length > 0) return faults
  const error = isObject(body) ? body['error'] : message
  return (Array.isArray(error) ? error : [error]).filter((text) => typeof text === 'string').map((text) => ({ text }))
}
