import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { answerOf, defineErrors, type Refusal } from '../../lib/errors.ts'
import { sendJson } from './replies.ts'
import { sentencesOf } from './validation-sentences.ts'

const errors = defineErrors('http', {
  notFound: [404, 'Not found'],
  mediaType: [406, 'This content type is not taken; send application/json'],
  tooLarge: [413, 'The request is too large'],
  badRequest: [400, 'The request is not valid HTTP'],
  invalid: [422, 'The request is invalid'],
})

/** There is nothing at this path. */
export const unknownPath = errors.notFound

/** Answers errors and unknown paths as the v1 API does: `{"error": …}`, nothing of our insides, ever. */
export function answerErrorsInV1(http: FastifyInstance): void {
  answerErrors(http)
  http.setNotFoundHandler((request, reply) => answer(unknownPath(), undefined, request, reply))
}

/** Answers errors so, and leaves unknown paths to the surface. */
export function answerErrors(http: FastifyInstance): void {
  http.setErrorHandler((error: FastifyError, request, reply) => answer(refusalOf(error), error, request, reply))
}

function answer(refusal: Refusal | undefined, error: unknown, request: FastifyRequest, reply: FastifyReply) {
  if (!refusal) {
    request.log.error({ err: error }, 'Something went wrong')
    return sendJson(reply, 500, { error: 'Something went wrong' })
  }
  if (refusal.cause) noteCause(request, refusal)
  return sendJson(reply.headers(refusal.headers), refusal.status, refusal.body ?? { error: refusal.message })
}

/** What was behind a refusal: it is for the operator when something of ours failed. */
export function noteCause({ log }: FastifyRequest, { status, code, cause }: Refusal): void {
  if (status >= 500) log.warn({ err: cause, code }, 'refused')
  else log.debug({ err: cause, code }, 'refused')
}

/** The refusal an error stands for; `undefined` when it is a mistake of ours. */
function refusalOf(error: FastifyError): Refusal | undefined {
  const own = answerOf(error)
  if (own) return own
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return errors.tooLarge()
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return errors.mediaType()
  if (error.validation) return errors.invalid({ body: { error: sentencesOf(error.validation) } })
  const { statusCode = 500 } = error
  return statusCode >= 400 && statusCode < 500 ? errors.badRequest({ cause: error }) : undefined
}
