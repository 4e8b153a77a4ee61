import { deepEqual, equal, ok } from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { onEachDatabase } from '../support/databases.ts'
import { anAccount, anApplication, aToken, PASSWORD } from '../support/factories.ts'
import { aClient, anAttempt } from '../support/oauth.ts'
import { testServer } from '../support/server.ts'

/** Far more than are hashed in the time that they may wait. */
const CROWD = 60 * availableParallelism()

onEachDatabase('When more people sign in than can be hashed', (newDatabase) => {
  test('some are let in, the others are told when to come again, nobody is taken for a stranger, and reads go on', async () => {
    await using server = await testServer(await newDatabase(), { PASSWORD_QUEUE_TIMEOUT: '300' })
    const account = await anAccount(server)
    const { uid: application_id } = await anApplication(server)
    const token = await aToken(server, account)
    const json = { email: account.email, password: PASSWORD, application_id }
    const crowd = Promise.all(Array.from({ length: CROWD }, () => server.call('POST', '/sessions', { json })))
    equal((await server.call('GET', '/accounts/me', { token })).status, 200)
    const answers = await crowd
    const [accepted, refused] = [201, 503].map((code) => answers.filter(({ status }) => status === code))
    equal((accepted?.length ?? 0) + (refused?.length ?? 0), CROWD)
    ok(accepted && accepted.length > 0, 'nobody was let in')
    ok(refused && refused.length > 0, 'nobody had to wait')
    deepEqual([...new Set(refused.map(({ headers }) => headers['retry-after']))], ['2'])
    const { failed_attempts } = await server.deps.db
      .selectFrom('accounts')
      .select('failed_attempts')
      .where('id', '=', account.id)
      .executeTakeFirstOrThrow()
    equal(failed_attempts, 0)
    equal((await server.call('POST', '/sessions', { json })).status, 201)
  })

  test('the page of an application’s sign-in says so, too, and when to come again', async () => {
    await using server = await testServer(await newDatabase(), { PASSWORD_QUEUE_TIMEOUT: '300' })
    const { email } = await anAccount(server)
    const { url } = anAttempt({ origin: 'http://barong.test' }, await aClient(server))
    const begun = await server.app.inject(`${url.pathname}${url.search}`)
    const step = String(begun.headers.location)
    const cookie = [begun.headers['set-cookie'] ?? []]
      .flat()
      .map((line) => line.split(';')[0])
      .join('; ')
    const page = await server.app.inject({ url: step, headers: { cookie } })
    const csrf_token = /name="csrf_token" value="(\w+)"/.exec(page.body)?.[1] ?? ''
    const signIn = () =>
      server.app.inject({
        method: 'POST',
        url: `${step}/sign_in`,
        headers: {
          cookie,
          'sec-fetch-site': 'same-origin',
          'content-type': 'application/x-www-form-urlencoded',
        },
        payload: String(new URLSearchParams({ csrf_token, email, password: 'a wrong one' })),
      })
    const answers = await Promise.all(Array.from({ length: CROWD }, signIn))
    const busy = answers.filter(({ body }) => body.includes('The server is busy'))
    ok(busy.length > 0, 'nobody had to wait')
    for (const { statusCode, headers } of busy) deepEqual([statusCode, headers['retry-after']], [503, '2'])
    ok(answers.every(({ statusCode }) => statusCode === 422 || statusCode === 503))
  })
})
