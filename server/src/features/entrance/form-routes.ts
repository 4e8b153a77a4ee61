import type { FastifyReply, FastifyRequest } from 'fastify'
import { Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { type Page, sendPage } from '../../platform/http/pages.ts'

/** Answers with what `go` answers, or with the page once more that says why not. */
export async function orAgain(
  request: FastifyRequest,
  reply: FastifyReply,
  page: (problems: string[]) => Page,
  go: () => Promise<FastifyReply>,
): Promise<FastifyReply> {
  try {
    return await go()
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return sendPage(request, reply.headers(error.headers), 422, page(sentencesOf(error)))
  }
}

function sentencesOf({ body, message }: Refusal): string[] {
  const error = isObject(body) ? body['error'] : message
  return (Array.isArray(error) ? error : [error]).filter((each): each is string => typeof each === 'string')
}
