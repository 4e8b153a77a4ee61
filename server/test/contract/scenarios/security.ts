import { authenticatorOf } from '../../support/authenticator.ts'
import { anAccount, aToken } from '../../support/factories.ts'
import type { TestServer } from '../../support/server.ts'
import { member, protectedMember, type Scenarios, stranger } from './scenario.ts'

export const security: Scenarios = {
  postV1SecurityRenew: {
    201: member('POST', '/security/renew'),
    400: member('POST', '/security/renew', { json: { expires_in: '' } }),
    401: stranger('POST', '/security/renew'),
    422: member('POST', '/security/renew', { json: { expires_in: 1 } }),
  },
  postV1SecurityGenerateQrcode: {
    201: member('POST', '/security/generate_qrcode'),
    400: protectedMember((server, token) => server.call('POST', '/security/generate_qrcode', { token })),
    401: stranger('POST', '/security/generate_qrcode'),
  },
  postV1SecurityEnable2fa: {
    201: async (server) => {
      const { token, code } = await aPendingFactor(server)
      return server.call('POST', '/security/enable_2fa', { token, json: { code } })
    },
    400: member('POST', '/security/enable_2fa', { json: {} }),
    401: stranger('POST', '/security/enable_2fa', { code: '123456' }),
    422: member('POST', '/security/enable_2fa', { json: { code: '123456' } }),
  },
  postV1SecurityVerifyCode: {
    201: protectedMember((server, token, app) =>
      server.call('POST', '/security/verify_code', { token, json: { code: app.next() } }),
    ),
    400: member('POST', '/security/verify_code', { json: { code: '123456' } }),
    401: stranger('POST', '/security/verify_code', { code: '123456' }),
    422: protectedMember((server, token, app) =>
      server.call('POST', '/security/verify_code', { token, json: { code: app.wrong() } }),
    ),
  },
}

async function aPendingFactor(server: TestServer): Promise<{ token: string; code: string }> {
  const token = await aToken(server, await anAccount(server))
  const { body } = await server.call('POST', '/security/generate_qrcode', { token })
  return { token, code: authenticatorOf(server, body.data.url).code() }
}
