import { anAccount, aToken } from '../../support/factories.ts'
import type { Answer, TestServer } from '../../support/server.ts'
import { member, type Scenarios, stranger } from './scenario.ts'

let count = 0
/** A number nobody else has. */
const aNumber = (): string => `+1415555${2600 + ++count}`

/** A member with a number that waits for its code. */
async function aPendingPhone(server: TestServer) {
  const token = await aToken(server, await anAccount(server))
  const phone_number = aNumber()
  const add = () => server.call('POST', '/phones', { token, json: { phone_number } })
  const resend = () => server.call('POST', '/phones/send_code', { token, json: { phone_number } })
  const verify = (verification_code: string) =>
    server.call('POST', '/phones/verify', { token, json: { phone_number, verification_code } })
  await add()
  return { phone_number, add, resend, verify }
}

/** The answer that ends an endless series. */
async function untilRefused(ask: () => Promise<Answer>): Promise<Answer> {
  for (let asked = 0; asked < 100; asked += 1) {
    const answer = await ask()
    if (answer.status !== 201) return answer
  }
  throw new Error('Codes are sent for ever.')
}

async function verified(server: TestServer): Promise<Answer> {
  const { phone_number, verify } = await aPendingPhone(server)
  await server.deliver()
  const sms = server.sms.findLast(({ to }) => to === phone_number)
  return verify(/\d+$/.exec(sms?.text ?? '')?.[0] ?? '')
}

export const phones: Scenarios = {
  postV1Phones: {
    201: (server) => member('POST', '/phones', { json: { phone_number: aNumber() } })(server),
    400: member('POST', '/phones', { json: { phone_number: '123' } }),
    401: stranger('POST', '/phones', { phone_number: '+14155552600' }),
    429: async (server) => untilRefused((await aPendingPhone(server)).add),
  },
  postV1PhonesSendCode: {
    201: async (server) => (await aPendingPhone(server)).resend(),
    400: member('POST', '/phones/send_code', { json: {} }),
    401: stranger('POST', '/phones/send_code', { phone_number: '+14155552600' }),
    404: member('POST', '/phones/send_code', { json: { phone_number: '+14155552600' } }),
    429: async (server) => untilRefused((await aPendingPhone(server)).resend),
  },
  postV1PhonesVerify: {
    201: verified,
    400: member('POST', '/phones/verify', { json: {} }),
    401: stranger('POST', '/phones/verify', { phone_number: '+14155552600', verification_code: '1' }),
    404: async (server) => (await aPendingPhone(server)).verify('x'),
  },
}
