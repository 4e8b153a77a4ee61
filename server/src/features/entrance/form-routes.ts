import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerOf, type Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { noteCause } from '../../platform/http/error-replies.ts'
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
    const refusal = answerOf(error)
    if (!refusal) throw error
    if (refusal.cause) noteCause(request, refusal)
    // What is wrong with the form is told as such; what is wrong here is not the form's fault.
    const status = refusal.status < 500 ? 422 : refusal.status
    return sendPage(request, reply.headers(refusal.headers), status, page(faultsOf(refusal)))
  }
}

function faultsOf({ body, fields, message }: Refusal): Fault[] {
  const faults = Object.entries(fields).flatMap(([field, texts]) => texts.map((text) => ({ field, text })))
  if (faults.length > 0) return faults
  const error = isObject(body) ? body['error'] : message
  return (Array.isArray(error) ? error : [error]).filter((text) => typeof text === 'string').map((text) => ({ text }))
}
