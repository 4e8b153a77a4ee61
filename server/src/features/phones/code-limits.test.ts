import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, thePhones } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { DAY, HOUR } from '../../lib/clock.ts'

const TO_NUMBER = 12
const OF_ACCOUNT = 30
const TOO_MANY = { error: 'Too many codes were sent, please try again later' }

/** As many valid numbers as wanted. */
const numberOf = (index: number): string => `1415555${String(2600 + index)}`
const send = (server: TestServer, token: string, number: string, path = '/phones') =>
  server.call('POST', path, { token, json: { phone_number: number } })
const newToken = async (server: TestServer) => aToken(server, await anAccount(server))
const pendingIn = async (server: TestServer) =>
  (await thePhones(server)).map(({ number }) => ({ number })).sort((one, other) => (one.number < other.number ? -1 : 1))

onEachDatabase('Codes by SMS', (newDatabase) => {
  // ASVS 2.3.2
  test('go twelve times a day to one number, whoever asks', async () => {
    await using server = await testServer(await newDatabase())
    const people = [await anAccount(server), await anAccount(server)] as const
    const signIn = () => Promise.all([aToken(server, people[0]), aToken(server, people[1])])
    const [first, second] = await signIn()
    for (const path of ['/phones', '/phones/send_code', '/phones']) {
      equal((await send(server, first, numberOf(0), path)).status, 201)
      server.clock.advance(HOUR)
    }
    for (let count = 3; count < TO_NUMBER; count += 1) {
      equal((await send(server, second, numberOf(0))).status, 201)
    }
    for (const token of [first, second]) {
      for (const path of ['/phones', '/phones/send_code']) {
        const refused = await send(server, token, numberOf(0), path)
        deepEqual([refused.status, refused.body], [429, TOO_MANY])
        equal(refused.headers['retry-after'], String(21 * 3600))
      }
    }
    equal((await send(server, first, numberOf(1))).status, 201)
    server.clock.advance(21 * HOUR - 1)
    const [firstLater, secondLater] = await signIn()
    equal((await send(server, firstLater, numberOf(0))).headers['retry-after'], '1')
    server.clock.advance(1)
    equal((await send(server, secondLater, numberOf(0))).status, 201)
    equal((await send(server, firstLater, numberOf(0))).status, 429)
    await server.deliver()
    equal(server.sms.filter(({ to }) => to === `+${numberOf(0)}`).length, TO_NUMBER + 1)
  })

  test('go thirty times a day for one account, verified numbers included', async () => {
    await using server = await testServer(await newDatabase())
    const token = await newToken(server)
    equal((await send(server, token, numberOf(0))).status, 201)
    await server.deliver()
    const verification_code = server.sms[0]?.text.slice(-6)
    const verified = await server.call('POST', '/phones/verify', {
      token,
      json: { phone_number: numberOf(0), verification_code },
    })
    equal(verified.status, 201)
    for (let index = 1; index < OF_ACCOUNT; index += 1) {
      equal((await send(server, token, numberOf(index))).status, 201)
    }
    const refused = await send(server, token, numberOf(OF_ACCOUNT))
    deepEqual([refused.status, refused.body, refused.headers['retry-after']], [429, TOO_MANY, '86400'])
    equal((await pendingIn(server)).length, OF_ACCOUNT)
    equal((await send(server, await newToken(server), numberOf(OF_ACCOUNT))).status, 201)
  })

  test('a code that is refused leaves the one before as it was', async () => {
    await using server = await testServer(await newDatabase())
    const token = await newToken(server)
    for (let count = 0; count < TO_NUMBER; count += 1) await send(server, token, numberOf(0))
    await server.deliver()
    const verification_code = server.sms.at(-1)?.text.slice(-6)
    equal((await send(server, token, numberOf(0), '/phones/send_code')).status, 429)
    const verified = await server.call('POST', '/phones/verify', {
      token,
      json: { phone_number: numberOf(0), verification_code },
    })
    equal(verified.status, 201)
  })

  test('of many requests at once by many accounts for one number no more are sent than may be', async () => {
    await using server = await testServer(await newDatabase())
    const tokens = await Promise.all([1, 2, 3, 4, 5].map(() => newToken(server)))
    const answers = await Promise.all(
      [...tokens, ...tokens, ...tokens].map((token) => send(server, token, numberOf(0))),
    )
    equal(answers.filter(({ status }) => status === 201).length, TO_NUMBER)
    equal(answers.filter(({ status }) => status === 429).length, 15 - TO_NUMBER)
    await server.deliver()
    equal(server.sms.length, TO_NUMBER)
  })

  test('of many requests at once by one account for many numbers no more are sent than may be', async () => {
    await using server = await testServer(await newDatabase())
    const token = await newToken(server)
    const answers = await Promise.all(
      Array.from({ length: OF_ACCOUNT + 5 }, (_, index) => send(server, token, numberOf(index % 7))),
    )
    equal(answers.filter(({ status }) => status === 201).length, OF_ACCOUNT)
    equal(answers.filter(({ status }) => status === 429).length, 5)
    const rows = await pendingIn(server)
    equal(new Set(rows.map(({ number }) => number)).size, rows.length)
    await server.deliver()
    equal(server.sms.length, OF_ACCOUNT)
  })

  test('an account keeps its thirty latest unverified numbers', async () => {
    await using server = await testServer(await newDatabase())
    const account = await anAccount(server)
    for (let index = 0; index < OF_ACCOUNT + 4; index += 1) {
      equal((await send(server, await aToken(server, account), numberOf(index))).status, 201)
      server.clock.advance(DAY / OF_ACCOUNT)
    }
    deepEqual(
      (await pendingIn(server)).map(({ number }) => number),
      Array.from({ length: OF_ACCOUNT }, (_, index) => numberOf(index + 4)),
    )
    const forgotten = await send(server, await aToken(server, account), numberOf(0), '/phones/send_code')
    deepEqual([forgotten.status, forgotten.body], [404, { error: 'Record is not found' }])
  })
})
