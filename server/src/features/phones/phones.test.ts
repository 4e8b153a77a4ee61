import { deepEqual, equal, match, notEqual, ok } from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount, aToken, thePhones } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import { anyText } from '../../../test/support/texts.ts'
import { MINUTE } from '../../lib/clock.ts'

const NUMBER = '14155552671'
const SENT = { message: 'Code was sent successfully' }
const VERIFIED = { message: 'Phone was verified successfully' }
const TAKEN = { error: 'Phone number already exists' }
const WRONG = { error: 'Phone is not found or verification code is invalid' }
const STRANGER = { error: 'The access token is invalid' }

/** The code that was sent last to a number. */
async function codeFor(server: TestServer, number = NUMBER): Promise<string> {
  await server.deliver()
  const code = server.sms.findLast(({ to }) => to === `+${number}`)?.text.slice(-6)
  if (code === undefined) throw new Error('No code was sent.')
  return code
}

const add = (server: TestServer, token: string | undefined, phone_number: unknown = NUMBER) =>
  server.call('POST', '/phones', { token, json: { phone_number } })
const resend = (server: TestServer, token: string | undefined, phone_number: unknown = NUMBER) =>
  server.call('POST', '/phones/send_code', { token, json: { phone_number } })
const verify = (server: TestServer, token: string | undefined, verification_code: unknown, phone_number = NUMBER) =>
  server.call('POST', '/phones/verify', { token, json: { phone_number, verification_code } })

const phonesIn = thePhones
const wrongOne = (code: string) => (code === '000000' ? '000001' : '000000')

onEachDatabase('Phones', (newDatabase) => {
  test('a number is added, its owner told the code, and verified with it', async () => {
    await using server = await testServer(await newDatabase(), { APP_NAME: 'Exchange' })
    const account = await anAccount(server)
    const token = await aToken(server, account)
    const added = await add(server, token, '+1 (415) 555-2671')
    deepEqual([added.status, added.body], [201, SENT])
    const code = await codeFor(server)
    deepEqual(
      server.sms.map(({ to, text }) => ({ to, text })),
      [{ to: '+14155552671', text: `Your verification code for Exchange: ${code}` }],
    )
    match(code, /^\d{6}$/)
    const verified = await verify(server, token, code)
    deepEqual([verified.status, verified.body], [201, VERIFIED])
    const [phone] = await phonesIn(server)
    deepEqual([phone?.number, phone?.country, phone?.code_digest], [NUMBER, 'US', null])
    notEqual(phone?.validated_at, null)
    equal((await server.call('GET', '/accounts/me', { token })).body.level, 2)
    const label = await server.call('GET', '/labels/phone', { token })
    deepEqual([label.body.value, label.body.scope], ['verified', 'private'])
    await server.deliver()
    deepEqual(
      server.events.map(({ name }) => name).filter((name) => !/session|application/.test(name)),
      ['model.phone.verified', 'model.label.created', 'model.account.updated'],
    )
    equal(JSON.stringify(server.events).includes(code), false)
  })

  test('the code is kept as a digest only', async () => {
    await using server = await testServer(await newDatabase())
    await add(server, await aToken(server, await anAccount(server)))
    const code = await codeFor(server)
    const [phone] = await phonesIn(server)
    match(phone?.code_digest ?? '', /^[0-9a-f]{64}$/)
    equal(JSON.stringify(phone).includes(code), false)
  })

  test('parameters are checked before the token, and the number after it', async () => {
    await using server = await testServer(await newDatabase())
    const owner = await aToken(server, await anAccount(server))
    await add(server, owner)
    await verify(server, owner, await codeFor(server))
    for (const path of ['/phones', '/phones/send_code', '/phones/verify']) {
      for (const phone_number of ['+1', NUMBER, '+14155552672']) {
        const answer = await server.call('POST', path, { json: { phone_number, verification_code: '1' } })
        deepEqual([answer.status, answer.body], [401, STRANGER])
      }
    }
    const refused: [string, object, string][] = [
      ['/phones', {}, 'Phone Number is missing, Phone Number is empty'],
      ['/phones', { phone_number: null }, 'Phone Number is empty'],
      ['/phones', { phone_number: [NUMBER] }, 'Phone Number is invalid'],
      ['/phones/send_code', { phone_number: null }, 'Phone Number is empty'],
      ['/phones/send_code', { phone_number: [NUMBER] }, 'Phone Number is invalid'],
      [
        '/phones/verify',
        {},
        'Phone Number is missing, Phone Number is empty, Verification Code is missing, Verification Code is empty',
      ],
      [
        '/phones/verify',
        { phone_number: null, verification_code: '' },
        'Phone Number is empty, Verification Code is empty',
      ],
      ['/phones/verify', { phone_number: NUMBER }, 'Verification Code is missing, Verification Code is empty'],
      ['/phones/verify', { verification_code: '1' }, 'Phone Number is missing, Phone Number is empty'],
    ]
    for (const [path, json, error] of refused) {
      const answer = await server.call('POST', path, { json })
      deepEqual([answer.status, answer.body], [400, { error }])
    }
  })

  test('a number that does not exist is refused everywhere', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    for (const answer of [
      await add(server, token, '123'),
      await resend(server, token, 'abc'),
      await verify(server, token, '123456', '+141555526711'),
    ]) {
      deepEqual([answer.status, answer.body], [400, { error: 'Phone number is invalid' }])
    }
    deepEqual(await phonesIn(server), [])
  })

  test('a verified number is taken for everybody, however it is written', async () => {
    await using server = await testServer(await newDatabase())
    const owner = await aToken(server, await anAccount(server))
    await add(server, owner, '+44 07418084106')
    const code = await codeFor(server, '447418084106')
    equal((await verify(server, owner, code, '447418084106')).status, 201)
    const other = await aToken(server, await anAccount(server))
    for (const token of [owner, other]) {
      for (const number of ['447418084106', '+44 07418084106', '++447418084106']) {
        for (const answer of [
          await add(server, token, number),
          await resend(server, token, number),
          await verify(server, token, code, number),
        ])
          deepEqual([answer.status, answer.body], [400, TAKEN])
      }
    }
    equal((await add(server, owner, '+14155552673')).status, 201)
  })

  test("another account's number and code open nothing", async () => {
    await using server = await testServer(await newDatabase())
    await add(server, await aToken(server, await anAccount(server)))
    const code = await codeFor(server)
    const token = await aToken(server, await anAccount(server))
    const verified = await verify(server, token, code)
    deepEqual([verified.status, verified.body], [404, WRONG])
    const resent = await resend(server, token)
    deepEqual([resent.status, resent.body], [404, { error: 'Record is not found' }])
    await add(server, token)
    const own = await codeFor(server)
    if (own !== code) equal((await verify(server, token, code)).status, 404)
    equal((await verify(server, token, own)).status, 201)
  })

  // ASVS 6.6.2
  test('a new code replaces the one before, on the one row of the number', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await add(server, token)
    const first = await codeFor(server)
    await add(server, token)
    const second = await codeFor(server)
    deepEqual([(await resend(server, token)).status, (await phonesIn(server)).length], [201, 1])
    const third = await codeFor(server)
    for (const old of new Set([first, second])) if (old !== third) equal((await verify(server, token, old)).status, 404)
    equal((await verify(server, token, third)).status, 201)
    equal((await verify(server, token, third)).status, 400)
  })

  // ASVS 6.5.5, 6.6.2
  test('a code is good for less than ten minutes', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await add(server, token)
    const code = await codeFor(server)
    server.clock.advance(10 * MINUTE)
    const late = await verify(server, token, code)
    deepEqual([late.status, late.body], [404, WRONG])
    await resend(server, token)
    const fresh = await codeFor(server)
    server.clock.advance(10 * MINUTE - 1)
    equal((await verify(server, token, fresh)).status, 201)
  })

  // ASVS 6.6.3
  test('after five wrong codes the right one is refused, until a new one is sent', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await add(server, token)
    const code = await codeFor(server)
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = await verify(server, token, tries % 2 ? wrongOne(code) : 'abc')
      deepEqual([answer.status, answer.body], [404, WRONG])
    }
    equal((await verify(server, token, code)).status, 404)
    equal((await phonesIn(server))[0]?.code_attempts, 5)
    await resend(server, token)
    equal((await phonesIn(server))[0]?.code_attempts, 0)
    equal((await verify(server, token, await codeFor(server))).status, 201)
  })

  test('wrong codes at once are all counted', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await add(server, token)
    const code = await codeFor(server)
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => verify(server, token, wrongOne(code))))
    deepEqual(
      answers.map(({ status }) => status),
      [404, 404, 404, 404, 404],
    )
    equal((await phonesIn(server))[0]?.code_attempts, 5)
    equal((await verify(server, token, code)).status, 404)
  })

  test('of many right codes at once for one number one counts', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await add(server, token)
    const code = await codeFor(server)
    const answers = await Promise.all([1, 2, 3, 4].map(() => verify(server, token, code)))
    deepEqual(answers.map(({ status }) => status).sort(), [201, 400, 400, 400])
    await server.deliver()
    equal(server.events.filter(({ name }) => name === 'model.phone.verified').length, 1)
  })

  test('of two accounts that verify one number at once exactly one gets it', async () => {
    await using server = await testServer(await newDatabase())
    const people = []
    for (const _ of [1, 2]) {
      const token = await aToken(server, await anAccount(server))
      await add(server, token)
      people.push({ token, code: await codeFor(server) })
    }
    const answers = await Promise.all(people.map(({ token, code }) => verify(server, token, code)))
    deepEqual(answers.map(({ status }) => status).sort(), [201, 400])
    deepEqual(answers.find(({ status }) => status === 400)?.body, TAKEN)
    const verified = (await phonesIn(server)).filter(({ validated_at }) => validated_at !== null)
    equal(verified.length, 1)
    const levels = await server.deps.db.selectFrom('accounts').select('level').orderBy('level').execute()
    deepEqual(
      levels.map(({ level }) => level),
      [1, 2],
    )
  })

  test('any input is answered without a mistake of ours, and what is refused changes nothing', async () => {
    await using server = await testServer(await newDatabase())
    const token = await aToken(server, await anAccount(server))
    await add(server, token)
    const code = await codeFor(server)
    const anything = fc.oneof(anyText(), fc.jsonValue(), fc.stringMatching(/^\+?\d{5,16}$/))
    const paths = fc.constantFrom('/phones', '/phones/send_code', '/phones/verify')
    const property = fc.asyncProperty(paths, anything, anything, async (path, phone_number, verification_code) => {
      const before = await phonesIn(server)
      const answer = await server.call('POST', path, { token, json: { phone_number, verification_code } })
      ok([201, 400, 404, 429].includes(answer.status), String(answer.status))
      if (answer.status !== 201) deepEqual(await phonesIn(server), before)
    })
    await fc.assert(property, { numRuns: 80 })
    equal((await verify(server, token, code)).status, 201)
  })
})
