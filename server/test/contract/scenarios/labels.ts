import { anAccount, aToken } from '../../support/factories.ts'
import type { TestServer } from '../../support/server.ts'
import { member, type Scenario, type Scenarios, stranger } from './scenario.ts'

const LABEL = { key: 'colour', value: 'green' }

const withLabel =
  (ask: (server: TestServer, token: string) => ReturnType<Scenario>): Scenario =>
  async (server) => {
    const token = await aToken(server, await anAccount(server))
    await server.call('POST', '/labels', { token, json: LABEL })
    return ask(server, token)
  }

export const labels: Scenarios = {
  getV1Labels: {
    200: member('GET', '/labels'),
    401: stranger('GET', '/labels'),
  },
  getV1LabelsKey: {
    200: member('GET', '/labels/email'),
    // The key itself is never wrong, but the query may be.
    400: member('GET', '/labels/email?a=%zz'),
    401: stranger('GET', '/labels/email'),
    404: member('GET', '/labels/colour'),
  },
  postV1Labels: {
    201: member('POST', '/labels', { json: LABEL }),
    400: member('POST', '/labels', { json: {} }),
    401: stranger('POST', '/labels', LABEL),
    422: member('POST', '/labels', { json: { key: 'x', value: 'y' } }),
  },
  patchV1LabelsKey: {
    200: withLabel((server, token) => server.call('PATCH', '/labels/colour', { token, json: { value: 'red' } })),
    400: member('PATCH', '/labels/email', { json: { value: 'rejected' } }),
    401: stranger('PATCH', '/labels/colour', { value: 'red' }),
    404: member('PATCH', '/labels/colour', { json: { value: 'red' } }),
    422: withLabel((server, token) => server.call('PATCH', '/labels/colour', { token, json: { value: '!' } })),
  },
  deleteV1LabelsKey: {
    204: withLabel((server, token) => server.call('DELETE', '/labels/colour', { token })),
    400: member('DELETE', '/labels/email'),
    401: stranger('DELETE', '/labels/colour'),
    404: member('DELETE', '/labels/colour'),
  },
}
