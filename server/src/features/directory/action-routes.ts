import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import type { FastifyRequest } from 'fastify'
import type { TSchema } from 'typebox'
import type { Deps } from '../../deps.ts'
import { actBecause } from '../../platform/acting/acting.ts'
import type { Account, AccountFacts } from '../../platform/db/schema.ts'
import { callerOf } from '../../platform/http/caller.ts'
import { guard } from '../../platform/http/guards.ts'
import { ErrorReply } from '../../platform/http/replies.ts'
import {
  beginPasswordReset,
  changeRole,
  changeState,
  discardAccount,
  liftLock,
  readAccount,
  restoreAccount,
  signOutEverywhere,
} from '../accounts/accounts.ts'
import { type Action, may, refuseProtected, requirePermission } from '../permissions/permissions.ts'
import { disableTwoFactor } from '../two-factor/two-factor.ts'
import { detailOf } from './account-detail.ts'
import { AccountDetail, AccountUid, Reason, RoleChange, StateChange } from './schema.ts'

const operation = <B extends TSchema>(summary: string, body: B) => ({
  schema: {
    summary,
    tags: ['accounts'],
    params: AccountUid,
    body,
    response: { 200: AccountDetail, 400: ErrorReply, 403: ErrorReply, 404: ErrorReply, 422: ErrorReply },
  },
})

/** The account somebody wants to act on, if they may; what they do carries their reason from then on. */
export async function targetOf(deps: Deps, request: FastifyRequest, uid: string, reason: string): Promise<Account> {
  const account = await readAccount(deps, uid)
  refuseProtected(callerOf(request).account, account)
  actBecause(reason)
  return account
}

/** What the staff does to accounts day by day, each for a reason. */
export const accountActionRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    await http.register(
      simple(
        deps,
        'accounts.unlock',
        'unlock',
        'End a lock, and a freeze; what the staff locked is for those who may lock',
        (_, account, caller) => liftLock(deps, account, { may_lock: may(caller.role, 'accounts.change_state') }),
      ),
    )
    await http.register(
      simple(deps, 'accounts.end_sessions', 'end_sessions', 'Sign an account out everywhere', signOutEverywhere),
    )
    await http.register(
      simple(
        deps,
        'accounts.reset_password',
        'reset_password',
        'Mail a link that sets a new password',
        beginPasswordReset,
      ),
    )
    await http.register(async (states: Parameters<FastifyPluginAsyncTypebox>[0]) => {
      guard(states, requirePermission('accounts.change_state'), 'before parameters')
      states.post('/:uid/state', operation('Lock, ban or readmit an account', StateChange), async (request) => {
        const { state, reason } = request.body
        const account = await targetOf(deps, request, request.params.uid, reason)
        return detailOf(deps, callerOf(request).account, await changeState(deps, account, state))
      })
    })
  }

/** What is hard to undo; stands behind a guard that asks for the password again. */
export const dangerousAccountRoutes =
  (deps: Deps): FastifyPluginAsyncTypebox =>
  async (http) => {
    const discard = [deps, 'accounts.discard'] as const
    await http.register(simple(...discard, 'discard', 'Close an account; its e-mail stays taken', discardAccount))
    await http.register(simple(...discard, 'restore', 'Open a discarded account again', restoreAccount))
    await http.register(
      simple(
        deps,
        'accounts.disable_2fa',
        'disable_2fa',
        'Turn off the second factor of somebody who lost it; ends all sessions',
        disableTwoFactor,
      ),
    )
    await http.register(async (roles: Parameters<FastifyPluginAsyncTypebox>[0]) => {
      guard(roles, requirePermission('accounts.change_role'), 'before parameters')
      roles.post('/:uid/role', operation('Give an account another role', RoleChange), async (request) => {
        const { role, reason } = request.body
        const account = await targetOf(deps, request, request.params.uid, reason)
        return detailOf(deps, callerOf(request).account, await changeRole(deps, account, role))
      })
    })
  }

/** `POST /:uid/<name>`, which needs nothing but a reason and answers with the account as it is then. */
const simple =
  (
    deps: Deps,
    action: Action,
    name: string,
    summary: string,
    run: (deps: Deps, account: Account, caller: AccountFacts) => Promise<Account>,
  ): FastifyPluginAsyncTypebox =>
  async (http) => {
    guard(http, requirePermission(action), 'before parameters')
    http.post(`/:uid/${name}`, operation(summary, Reason), async (request) => {
      const account = await targetOf(deps, request, request.params.uid, request.body.reason)
      const caller = callerOf(request).account
      return detailOf(deps, caller, await run(deps, account, caller))
    })
  }
