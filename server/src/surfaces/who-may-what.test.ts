import { deepEqual } from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../test/support/databases.ts'
import { anAccount, aToken } from '../../test/support/factories.ts'
import { sharedServer } from '../../test/support/shared-server.ts'
import { type Action, may, ROLES } from '../features/permissions/permissions.ts'

const DENIED = 'Your role does not allow this'
/** What is asked for, and the action that lets one: not told by the routes themselves, which may be wrong. */
const NEEDED: readonly [method: string, path: string, action: Action][] = [
  ['GET', '/accounts', 'accounts.read'],
  ['GET', '/accounts/ID1', 'accounts.read'],
  ['GET', '/accounts/ID1/activities', 'accounts.read'],
  ['GET', '/accounts/ID1/notes', 'notes.read'],
  ['POST', '/accounts/ID1/notes', 'notes.write'],
  ['POST', '/accounts/ID1/unlock', 'accounts.unlock'],
  ['POST', '/accounts/ID1/end_sessions', 'accounts.end_sessions'],
  ['POST', '/accounts/ID1/reset_password', 'accounts.reset_password'],
  ['POST', '/accounts/ID1/state', 'accounts.change_state'],
  ['POST', '/accounts/ID1/role', 'accounts.change_role'],
  ['POST', '/accounts/ID1/discard', 'accounts.discard'],
  ['POST', '/accounts/ID1/restore', 'accounts.discard'],
  ['POST', '/accounts/ID1/disable_2fa', 'accounts.disable_2fa'],
  ['POST', '/accounts/ID1/erase', 'accounts.erase'],
  ['POST', '/accounts/ID1/labels', 'accounts.change_labels'],
  ['PATCH', '/accounts/ID1/labels/private/phone', 'accounts.change_labels'],
  ['POST', '/accounts/ID1/labels/private/phone/delete', 'accounts.change_labels'],
  ['GET', '/reviews', 'reviews.read'],
  ['POST', '/reviews/1/claim', 'reviews.decide'],
  ['DELETE', '/reviews/1/claim', 'reviews.decide'],
  ['POST', '/reviews/1/decision', 'reviews.decide'],
  ['POST', '/documents/1/views', 'documents.view'],
  ['GET', '/documents/1/file', 'documents.view'],
  ['GET', '/levels', 'levels.read'],
  ['PUT', '/levels', 'levels.write'],
  ['GET', '/labels', 'levels.read'],
  ['GET', '/audit/records', 'activities.read'],
  ['POST', '/audit/verify', 'activities.verify'],
  ['GET', '/applications', 'applications.read'],
  ['POST', '/applications', 'applications.write'],
  ['GET', '/websites', 'websites.read'],
  ['POST', '/websites', 'websites.write'],
  ['GET', '/webhooks', 'webhooks.read'],
  ['POST', '/webhooks', 'webhooks.write'],
]

onEachDatabase('The admin API', (newDatabase) => {
  const server = sharedServer(newDatabase)

  for (const role of ROLES)
    test(`lets ${role} do what the table of permissions says, and nothing else`, async () => {
      const token = await aToken(server(), await anAccount(server(), { role }))
      const outcomes = []
      for (const [method, path] of NEEDED) {
        const { body } = await server().call(method, `/admin${path}`, {
          token,
          ...(method === 'GET' ? {} : { json: {} }),
        })
        outcomes.push(`${method} ${path} ${body?.error === DENIED ? 'no' : 'yes'}`)
      }
      deepEqual(
        outcomes,
        NEEDED.map(([method, path, action]) => `${method} ${path} ${may(role, action) ? 'yes' : 'no'}`),
      )
    })
})
