import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { seconds } from '../../lib/clock.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import { signWithOtp } from './otp-signing.ts'
import { OtpSignature, SignedEnvelope, Timestamp } from './schema.ts'

/** What time it is here, so that a service can try its keys and clock. */
export const timestampRoutes =
  ({ clock }: Pick<Deps, 'clock'>): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/timestamp',
      {
        schema: {
          summary: 'Returns server time in seconds since Unix epoch',
          tags: ['timestamp'],
          response: { 200: Timestamp },
        },
      },
      async () => ({ timestamp: seconds(clock.now()) }),
    )
  }

/** Our signature on a request, for the person's one-time code. */
export const otpRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/sign',
      {
        schema: {
          summary: 'Sign request with barong signature',
          tags: ['otp'],
          body: OtpSignature,
          response: { 201: SignedEnvelope, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => reply.code(201).send(await signWithOtp(deps, request.body)),
    )
  }
