import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { Deps } from '../../deps.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { ErrorReply, ErrorsReply, MessageReply, NeverAnswered, Nothing, sendJson } from '../../platform/http/replies.ts'
import {
  changePassword,
  confirm,
  freeze,
  requestPasswordReset,
  resendConfirmation,
  resendUnlock,
  resetPassword,
  signUp,
  unlock,
} from './accounts.ts'
import {
  ConfirmationToken,
  EmailOnly,
  NoticeToken,
  PasswordChange,
  PasswordReset,
  SignUp,
  UnlockToken,
} from './schema.ts'

const tags = ['accounts']

/** Sign-up and what mails lead to; open to strangers. */
export const accountDoorRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/',
      {
        schema: {
          summary: 'Creates new account(no auth)',
          tags,
          body: SignUp,
          response: { 201: Nothing, 400: ErrorReply, 422: ErrorsReply },
        },
      },
      async (request, reply) => {
        await signUp(deps, request.body)
        return sendJson(reply, 201, null)
      },
    )
    http.post(
      '/confirm',
      {
        schema: {
          summary: 'Confirms an account(no auth)',
          tags,
          body: ConfirmationToken,
          response: { 201: Nothing, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await confirm(deps, request.body.confirmation_token)
        return sendJson(reply, 201, null)
      },
    )
    http.post(
      '/send_confirmation_instructions',
      {
        schema: {
          summary: 'Send confirmations instructions',
          tags,
          body: EmailOnly,
          response: { 201: MessageReply, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await resendConfirmation(deps, request.body.email)
        return reply.code(201).send({ message: 'Confirmation instructions was sent successfully' })
      },
    )
    http.post(
      '/unlock',
      {
        schema: {
          summary: 'Unlocks an account(no auth)',
          tags,
          body: UnlockToken,
          response: { 201: Nothing, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await unlock(deps, request.body.unlock_token)
        return sendJson(reply, 201, null)
      },
    )
    http.post(
      '/send_unlock_instructions',
      {
        schema: {
          summary: 'Send unlock instructions',
          tags,
          body: EmailOnly,
          response: { 201: MessageReply, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await resendUnlock(deps, request.body.email)
        return reply.code(201).send({ message: 'Unlock instructions was sent successfully' })
      },
    )
  }

/** The forgotten password; open to strangers. */
export const passwordResetRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/reset_password',
      {
        schema: {
          summary: 'Send reset password instructions(no auth)',
          tags: ['security'],
          body: EmailOnly,
          response: { 201: Nothing, 400: ErrorReply, 404: ErrorReply, 422: NeverAnswered },
        },
      },
      async (request, reply) => {
        await requestPasswordReset(deps, request.body.email)
        return sendJson(reply, 201, null)
      },
    )
    http.put(
      '/reset_password',
      {
        schema: {
          summary: 'Sets new account password(no auth)',
          tags: ['security'],
          body: PasswordReset,
          response: { 200: Nothing, 400: ErrorReply, 404: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await resetPassword(deps, request.body)
        return sendJson(reply, 200, null)
      },
    )
  }

/** What the mails that tell of changes lead to; open to strangers. */
export const noticeRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.post(
      '/not_me',
      {
        schema: {
          summary: 'Freezes an account whose owner did not make a change(no auth)',
          description: 'Takes the token of a mail that told of a change. Ends all sessions and mails a password link.',
          tags: ['security'],
          body: NoticeToken,
          response: { 201: Nothing, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await freeze(deps, request.body.notice_token)
        return sendJson(reply, 201, null)
      },
    )
  }

/** The password, for the account's owner. */
export const passwordRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    http.put(
      '/password',
      {
        schema: {
          summary: 'Change account password',
          tags,
          body: PasswordChange,
          response: { 200: Nothing, 400: ErrorReply, 422: ErrorReply },
        },
      },
      async (request, reply) => {
        await changePassword(deps, callerOf(request), request.body)
        return sendJson(reply, 200, null)
      },
    )
  }
