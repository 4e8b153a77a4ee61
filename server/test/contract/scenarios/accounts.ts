import { iso } from '../../../src/lib/clock.ts'
import { anAccount, PASSWORD } from '../../support/factories.ts'
import { mailedToken } from '../../support/mails.ts'
import type { TestServer } from '../../support/server.ts'
import { member, type Scenarios, stranger } from './scenario.ts'

const NEW_PASSWORD = 'another river at dusk 8W'
let count = 0

async function aSignUp(server: TestServer): Promise<string> {
  const email = `newcomer${++count}@example.com`
  await server.call('POST', '/accounts', { json: { email, password: PASSWORD } })
  return email
}

async function aLockedEmail(server: TestServer): Promise<string> {
  const { email } = await anAccount(server, { locked_at: iso(server.clock.now()), failed_attempts: 5 })
  return email
}

export const accounts: Scenarios = {
  postV1Accounts: {
    201: (server) => server.call('POST', '/accounts', { json: { email: 'first@example.com', password: PASSWORD } }),
    400: stranger('POST', '/accounts', {}),
    422: stranger('POST', '/accounts', { email: 'nobody', password: 'x' }),
  },
  postV1AccountsConfirm: {
    201: async (server) => {
      const confirmation_token = await mailedToken(server, await aSignUp(server))
      return server.call('POST', '/accounts/confirm', { json: { confirmation_token } })
    },
    400: stranger('POST', '/accounts/confirm', {}),
    422: stranger('POST', '/accounts/confirm', { confirmation_token: 'x' }),
  },
  postV1AccountsSendConfirmationInstructions: {
    201: async (server) => {
      const email = await aSignUp(server)
      return server.call('POST', '/accounts/send_confirmation_instructions', { json: { email } })
    },
    400: stranger('POST', '/accounts/send_confirmation_instructions', {}),
    422: stranger('POST', '/accounts/send_confirmation_instructions', { email: 'nobody@example.com' }),
  },
  postV1AccountsUnlock: {
    201: async (server) => {
      const email = await aLockedEmail(server)
      await server.call('POST', '/accounts/send_unlock_instructions', { json: { email } })
      const unlock_token = await mailedToken(server, email)
      return server.call('POST', '/accounts/unlock', { json: { unlock_token } })
    },
    400: stranger('POST', '/accounts/unlock', {}),
    422: stranger('POST', '/accounts/unlock', { unlock_token: 'x' }),
  },
  postV1AccountsSendUnlockInstructions: {
    201: async (server) => {
      const email = await aLockedEmail(server)
      return server.call('POST', '/accounts/send_unlock_instructions', { json: { email } })
    },
    400: stranger('POST', '/accounts/send_unlock_instructions', {}),
    422: stranger('POST', '/accounts/send_unlock_instructions', { email: 'nobody@example.com' }),
  },
  getV1AccountsMe: {
    200: member('GET', '/accounts/me'),
    401: stranger('GET', '/accounts/me'),
  },
  putV1AccountsPassword: {
    200: member('PUT', '/accounts/password', { json: { old_password: PASSWORD, new_password: NEW_PASSWORD } }),
    400: member('PUT', '/accounts/password', { json: {} }),
    401: stranger('PUT', '/accounts/password', { old_password: PASSWORD, new_password: NEW_PASSWORD }),
    422: member('PUT', '/accounts/password', { json: { old_password: PASSWORD, new_password: PASSWORD } }),
  },
  postV1SecurityResetPassword: {
    201: async (server) => {
      const { email } = await anAccount(server)
      return server.call('POST', '/security/reset_password', { json: { email } })
    },
    400: stranger('POST', '/security/reset_password', {}),
    404: stranger('POST', '/security/reset_password', { email: 'nobody@example.com' }),
  },
  putV1SecurityResetPassword: {
    200: (server) => resetPassword(server, NEW_PASSWORD),
    400: stranger('PUT', '/security/reset_password', {}),
    404: stranger('PUT', '/security/reset_password', { reset_password_token: 'x', password: NEW_PASSWORD }),
    422: (server) => resetPassword(server, 'x'),
  },
}

async function resetPassword(server: TestServer, password: string) {
  const { email } = await anAccount(server)
  await server.call('POST', '/security/reset_password', { json: { email } })
  const reset_password_token = await mailedToken(server, email)
  return server.call('PUT', '/security/reset_password', { json: { reset_password_token, password } })
}
