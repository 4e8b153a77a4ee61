import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, MessageReply, NeverAnswered } from '../../platform/http/replies.ts'
import { addPhone, resendCode, verifyPhone } from './phones.ts'
import { PhoneCode, PhoneNumber } from './schema.ts'

const tags = ['phones']
const CODE_SENT = { message: 'Code was sent successfully' }

/** Numbers that their owner proves by a code sent to them. */
export const phoneRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Add new phone',
          tags,
          body: PhoneNumber,
          response: { 201: MessageReply, 400: ErrorReply, 404: NeverAnswered, 422: NeverAnswered, 429: ErrorReply },
        },
      },
      async (request, reply) => {
        await addPhone(deps, callerOf(request).account, request.body.phone_number)
        return reply.code(201).send(CODE_SENT)
      },
    )
    http.post(
      '/send_code',
      {
        schema: {
          summary: 'Resend activation code',
          tags,
          body: PhoneNumber,
          response: { 201: MessageReply, 400: ErrorReply, 404: ErrorReply, 422: NeverAnswered, 429: ErrorReply },
        },
      },
      async (request, reply) => {
        await resendCode(deps, callerOf(request).account, request.body.phone_number)
        return reply.code(201).send(CODE_SENT)
      },
    )
    http.post(
      '/verify',
      {
        schema: {
          summary: 'Verify a phone',
          tags,
          body: PhoneCode,
          response: { 201: MessageReply, 400: ErrorReply, 404: ErrorReply },
        },
      },
      async (request, reply) => {
        const { phone_number, verification_code } = request.body
        await verifyPhone(deps, callerOf(request), phone_number, verification_code)
        return reply.code(201).send({ message: 'Phone was verified successfully' })
      },
    )
  }
