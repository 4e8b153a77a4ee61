import { anAccount, aToken } from '../../support/factories.ts'
import type { TestServer } from '../../support/server.ts'
import { member, type Scenarios, stranger } from './scenario.ts'

const PROFILE = {
  first_name: 'Mary',
  last_name: 'Poe',
  dob: '1990-01-31',
  address: 'Main street 1',
  postcode: '12345',
  city: 'Springfield',
  country: 'FR',
}

async function twice(server: TestServer) {
  const token = await aToken(server, await anAccount(server))
  await server.call('POST', '/profiles', { token, json: PROFILE })
  return { token, again: () => server.call('POST', '/profiles', { token, json: PROFILE }) }
}

export const profiles: Scenarios = {
  postV1Profiles: {
    201: member('POST', '/profiles', { json: PROFILE }),
    400: member('POST', '/profiles', { json: {} }),
    401: stranger('POST', '/profiles', PROFILE),
    409: async (server) => (await twice(server)).again(),
    422: member('POST', '/profiles', { json: { ...PROFILE, country: 'Atlantis' } }),
  },
  getV1ProfilesMe: {
    200: async (server) => server.call('GET', '/profiles/me', { token: (await twice(server)).token }),
    401: stranger('GET', '/profiles/me'),
    404: member('GET', '/profiles/me'),
  },
}
