import { deepEqual, equal, ok } from 'node:assert/strict'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { authenticatorOf } from '../support/authenticator.ts'
import { anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aPdf, multipart } from '../support/multipart.ts'
import { eventually, nextMessage, type Program, type Reply, startProgram } from '../support/program.ts'
import type { CallOptions } from '../support/server.ts'

const EMAIL = 'survivor@example.com'
const PASSWORD = 'nine lives of a cat 81'
const NEW_PASSWORD = 'ten lives of a cat 82'
const MAILS = [
  'Confirmation instructions',
  'A phone number was added',
  'Two-factor authentication was turned on',
  'An API key was created',
  'Reset password instructions',
  'Your password was changed',
]
const NUMBER = '+14155552671'
const PROFILE = {
  first_name: 'Kim',
  last_name: 'Lazarus',
  dob: '1980-02-29',
  address: '9 Lives Lane',
  postcode: '9999',
  city: 'Catford',
  country: 'GB',
}

onEachDatabase('Killed right after its answer', (newDatabase) => {
  // ASVS 2.3.3, 16.5.3
  test('the server has kept what it said yes to, and what it was to send goes out once', async () => {
    await using program = await startProgram(await newDatabase())
    const survivor = aSurvivor(program)

    await survivor.does('POST', '/accounts', { json: { email: EMAIL, password: PASSWORD } })
    const confirmation_token = await survivor.receives(EMAIL, /confirmation_token=([\w-]+)/)
    await survivor.does('POST', '/accounts/confirm', { json: { confirmation_token } })
    const token = (await survivor.does('POST', '/sessions', { json: credentials(program, PASSWORD) })).body
    equal((await program.call('GET', '/accounts/me', { token })).body.level, 1)

    await survivor.does('POST', '/phones', { token, json: { phone_number: NUMBER } })
    const verification_code = await survivor.receives(NUMBER, /(\d{6})$/)
    await survivor.does('POST', '/phones/verify', { token, json: { phone_number: NUMBER, verification_code } })
    equal((await program.call('GET', '/accounts/me', { token })).body.level, 2)

    await survivor.does('POST', '/labels', { token, json: { key: 'colour', value: 'green' } })
    equal((await program.call('GET', '/labels/colour', { token })).body.value, 'green')

    await handsInADocument(survivor, program, token)
    await registersAKey(survivor, program, token)
    await survivor.does('POST', '/security/reset_password', { json: { email: EMAIL } })
    const reset_password_token = await survivor.receives(EMAIL, /reset_password_token=([\w-]+)/)
    const json = { reset_password_token, password: NEW_PASSWORD }
    await survivor.does('PUT', '/security/reset_password', { json })
    deepEqual((await program.call('POST', '/sessions', { json: credentials(program, PASSWORD) })).status, 401)
    equal((await program.call('POST', '/sessions', { json: credentials(program, NEW_PASSWORD) })).status, 403)

    equal((await program.messagesTo(NUMBER)).length, 1)
    await survivor.receivedOnce(EMAIL, MAILS)
  })

  test('the server has kept what was changed, removed, renewed and handed in', async () => {
    await using program = await startProgram(await newDatabase())
    const token = await signedIn(program)
    const survivor = aSurvivor(program)

    await program.call('POST', '/labels', { token, json: { key: 'colour', value: 'green' } })
    await survivor.does('PATCH', '/labels/colour', { token, json: { value: 'blue' } })
    equal((await program.call('GET', '/labels/colour', { token })).body.value, 'blue')
    await survivor.does('DELETE', '/labels/colour', { token })
    equal((await program.call('GET', '/labels/colour', { token })).status, 404)

    await survivor.does('POST', '/profiles', { token, json: PROFILE })
    deepEqual((await program.call('GET', '/profiles/me', { token })).body, { ...PROFILE, metadata: null })

    const renewed = (await survivor.does('POST', '/security/renew', { token })).body
    equal((await program.call('GET', '/accounts/me', { token: renewed })).status, 200)

    const json = { old_password: PASSWORD, new_password: NEW_PASSWORD }
    await survivor.does('PUT', '/accounts/password', { token: renewed, json })
    deepEqual((await program.call('GET', '/accounts/me', { token })).body, { error: 'The access token was revoked' })
    equal((await program.call('POST', '/sessions', { json: credentials(program, NEW_PASSWORD) })).status, 201)
  })
})

/** The token of somebody whose server was left in peace so far. */
async function signedIn(program: Program): Promise<string> {
  await program.call('POST', '/accounts', { json: { email: EMAIL, password: PASSWORD } })
  const confirmation_token = /_token=([\w-]+)/.exec((await nextMessage(program, EMAIL)).text)?.[1]
  await program.call('POST', '/accounts/confirm', { json: { confirmation_token } })
  return (await program.call('POST', '/sessions', { json: credentials(program, PASSWORD) })).body
}

/** Somebody whose server is killed whenever it has said yes. */
function aSurvivor(program: Program) {
  return {
    does: async (method: string, path: string, options: CallOptions): Promise<Reply> => {
      const answer = await program.call(method, path, options)
      program.kill()
      ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
      await program.restart()
      return answer
    },
    /** The part of the next message to the recipient that the pattern captures. */
    /** What the pattern finds in a message to the recipient. */
    receives: (recipient: string, pattern: RegExp): Promise<string> =>
      eventually(async () => {
        const messages = await program.messagesTo(recipient)
        return messages.flatMap(({ text }) => pattern.exec(text)?.[1] ?? []).at(-1)
      }),
    /** Each of these mails came, and came once. */
    receivedOnce: async (recipient: string, subjects: readonly string[]): Promise<void> => {
      const received = () => program.messagesTo(recipient)
      await eventually(async () => {
        const came = new Set((await received()).map(({ subject }) => subject))
        return subjects.every((subject) => came.has(subject)) || undefined
      })
      const came = (await received()).map(({ subject }) => subject)
      for (const subject of subjects) equal(came.filter((each) => each === subject).length, 1, `${subject}: ${came}`)
    },
  }
}

const credentials = ({ application_id }: Program, password: string) => ({ email: EMAIL, password, application_id })

type Survivor = ReturnType<typeof aSurvivor>

async function handsInADocument(survivor: Survivor, program: Program, token: string): Promise<void> {
  const content = aPdf('x'.repeat(3000))
  const form = multipart([
    ['doc_expire', '2099-12-31'],
    ['doc_type', 'Passport'],
    ['doc_number', 'AB-12 34'],
    ['upload', { filename: 'passport.pdf', type: 'application/pdf', content }],
  ])
  await survivor.does('POST', '/documents', { token, ...form })
  const [document] = (await program.call('GET', '/documents', { token })).body
  ok(content.equals((await program.call('GET', document.upload.url)).body))
  equal((await program.call('GET', '/labels/document', { token })).body.value, 'pending')
}

async function registersAKey(survivor: Survivor, program: Program, token: string): Promise<void> {
  const qrcode = await survivor.does('POST', '/security/generate_qrcode', { token })
  const app = authenticatorOf({ clock: { now: systemClock.now, advance: () => {} } }, qrcode.body.data.url)
  await survivor.does('POST', '/security/enable_2fa', { token, json: { code: app.code(-1) } })
  const json = { public_key: anRsaKey().public_key, totp_code: app.code() }
  const { body } = await survivor.does('POST', '/api_keys', { token, json })
  const known = await program.call('POST', '/security/verify_api_key', { json: { uid: body.uid } })
  deepEqual(known, { status: 200, body: { state: 'active' } })
}
