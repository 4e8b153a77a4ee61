import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, Nothing, sendJson } from '../../platform/http/replies.ts'
import { Code, EnrolmentView, RecoveryCodes, RecoveryCodesLeft, RecoveryRequest, Removal } from './schema.ts'
import {
  countRecoveryCodes,
  enableTwoFactor,
  makeRecoveryCodes,
  removeTwoFactor,
  startEnrolment,
  verifyCode,
} from './two-factor.ts'

const tags = ['security']
const response = { 201: Nothing, 400: ErrorReply, 422: ErrorReply }

/** The second factor of an account. */
export const twoFactorRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/generate_qrcode',
      {
        schema: {
          summary: 'Generate qr code for 2FA',
          tags,
          response: { 201: EnrolmentView, 400: ErrorReply },
        },
      },
      async (request, reply) => {
        const data = await startEnrolment(deps, callerOf(request))
        return reply.code(201).send({ ...EMPTY_LEASE, data })
      },
    )
    http.post(
      '/enable_2fa',
      { schema: { summary: 'Enable 2FA', tags, body: Code, response } },
      async (request, reply) => {
        await enableTwoFactor(deps, callerOf(request), request.body.code)
        return sendJson(reply, 201, null)
      },
    )
    http.post(
      '/verify_code',
      { schema: { summary: 'Verify 2FA code', tags, body: Code, response } },
      async (request, reply) => {
        await verifyCode(deps, callerOf(request), request.body.code)
        return sendJson(reply, 201, null)
      },
    )
  }

/** What is for those alone who proved a moment ago who they are. */
export const recoveryRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.get(
      '/recovery_codes',
      { schema: { summary: 'How many recovery codes are left', tags, response: { 200: RecoveryCodesLeft } } },
      async (request) => ({ left: await countRecoveryCodes(deps, callerOf(request).account) }),
    )
    http.post(
      '/recovery_codes',
      {
        schema: {
          summary: 'Make ten recovery codes in place of all earlier ones',
          tags,
          body: RecoveryRequest,
          response: { 201: RecoveryCodes, 400: ErrorReply, 403: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        const codes = await makeRecoveryCodes(deps, callerOf(request), request.body.code)
        return reply.code(201).header('cache-control', 'no-store').send({ codes })
      },
    )
    http.post(
      '/disable_2fa',
      {
        schema: {
          summary: 'Turn 2FA off',
          description: 'Ends all other sessions, and voids the recovery codes.',
          tags,
          body: Removal,
          response: { ...response, 403: ErrorReply },
        },
      },
      async (request, reply) => {
        await removeTwoFactor(deps, callerOf(request), request.body)
        return sendJson(reply, 201, null)
      },
    )
  }

const EMPTY_LEASE = {
  auth: null,
  lease_duration: 0,
  lease_id: '',
  renewable: false,
  warnings: null,
  wrap_info: null,
}
