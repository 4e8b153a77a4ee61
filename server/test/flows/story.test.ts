import { deepEqual, equal, ok } from 'node:assert/strict'
import { createPublicKey, verify as verifySignature } from 'node:crypto'
import { test } from 'node:test'
import { systemClock } from '../../src/lib/clock.ts'
import { authenticatorOf } from '../support/authenticator.ts'
import { aJws, anRsaKey } from '../support/client-keys.ts'
import { onEachDatabase } from '../support/databases.ts'
import { aPdf, multipart } from '../support/multipart.ts'
import { eventually, nextMessage, type Program, startProgram } from '../support/program.ts'
import { alex, signedAt, signersAllowed } from '../support/signers.ts'

const EMAIL = 'mary@example.com'
const PASSWORD = 'umbrella over chimneys 64'
const NEW_PASSWORD = 'a spoonful of sugar 1964'
const NUMBER = '+14155552671'
const PASSPORT = aPdf('x'.repeat(2000))
const REAL_TIME = {
  clock: {
    now: systemClock.now,
    advance: () => {
      throw new Error('The real time cannot be moved.')
    },
  },
}

onEachDatabase('The life of an account', (newDatabase) => {
  test('leads from sign-up to the highest level, a second factor, an API key and a new password', async () => {
    await using program = await startProgram(await newDatabase(), signersAllowed())
    const me = async (token: string) => (await program.call('GET', '/accounts/me', { token })).body

    await signUp(program)
    const token = await signIn(program)
    const { uid, level } = await me(token)
    equal(level, 1)

    await verifyPhone(program, token)
    equal((await me(token)).level, 2)

    await handInPapers(program, token)
    await review(program, uid)
    equal((await me(token)).level, 3)
    await eventually(async () => (await program.messagesTo(EMAIL)).find(({ subject }) => /approved/i.test(subject)))

    const app = await switchOnSecondFactor(program, token)
    await useApiKey(program, token, app.code(), uid)

    await resetPassword(program)
    deepEqual(await me(token), { error: 'The access token was revoked' })
    const signedIn = await signInWith(program, { password: NEW_PASSWORD, otp_code: app.code(1) })
    equal(signedIn.status, 201)
    equal((await me(signedIn.body)).otp_enabled, true)
  })
})

async function signUp(program: Program): Promise<void> {
  equal((await program.call('POST', '/accounts', { json: { email: EMAIL, password: PASSWORD } })).status, 201)
  deepEqual((await signInWith(program)).body, { error: 'You have to confirm your email address before continuing' })
  const confirmation_token = tokenIn((await nextMessage(program, EMAIL)).text)
  equal((await program.call('POST', '/accounts/confirm', { json: { confirmation_token } })).status, 201)
}

const signInWith = (program: Program, parameters: Record<string, string> = {}) =>
  program.call('POST', '/sessions', {
    json: { email: EMAIL, password: PASSWORD, application_id: program.application_id, ...parameters },
  })

async function signIn(program: Program): Promise<string> {
  const { status, body } = await signInWith(program)
  equal(status, 201)
  return body
}

async function verifyPhone(program: Program, token: string): Promise<void> {
  const json = { phone_number: NUMBER }
  equal((await program.call('POST', '/phones', { token, json })).status, 201)
  const verification_code = /\d{6}$/.exec((await nextMessage(program, NUMBER)).text)?.[0]
  const verified = await program.call('POST', '/phones/verify', { token, json: { ...json, verification_code } })
  deepEqual(verified, { status: 201, body: { message: 'Phone was verified successfully' } })
}

async function handInPapers(program: Program, token: string): Promise<void> {
  const profile = {
    first_name: 'Mary',
    last_name: 'Poppins',
    dob: '1964-08-27',
    address: '17 Cherry Tree Lane',
    postcode: 'SW1A 1AA',
    city: 'London',
    country: 'GB',
  }
  equal((await program.call('POST', '/profiles', { token, json: profile })).status, 201)
  deepEqual((await program.call('GET', '/profiles/me', { token })).body, { ...profile, metadata: null })
  const form = multipart([
    ['doc_expire', '2099-12-31'],
    ['doc_type', 'Passport'],
    ['doc_number', 'AB-12 34'],
    ['upload', { filename: 'passport.pdf', type: 'application/pdf', content: PASSPORT }],
  ])
  deepEqual(await program.call('POST', '/documents', { token, ...form }), { status: 201, body: 201 })
  const [document] = (await program.call('GET', '/documents', { token })).body
  const shown = await program.call('GET', document.upload.url)
  ok(PASSPORT.equals(shown.body), 'The link shows what was handed in, without a token.')
}

/** A back-office service looks at the documents and finds them good. */
async function review(program: Program, account_uid: string): Promise<void> {
  const data = { account_uid, key: 'document', value: 'verified' }
  const url = `${program.url}/management_api/v1/labels`
  const { status } = await program.call('PUT', url, { json: signedAt(REAL_TIME, { data }, [alex]) })
  equal(status, 200)
}

async function switchOnSecondFactor(program: Program, token: string) {
  const { body } = await program.call('POST', '/security/generate_qrcode', { token })
  const app = authenticatorOf(REAL_TIME, body.data.url)
  // A code is good once. Those of the step before and of the next one spare the waiting.
  const enabled = await program.call('POST', '/security/enable_2fa', { token, json: { code: app.code(-1) } })
  equal(enabled.status, 201)
  return app
}

async function useApiKey(program: Program, token: string, totp_code: string, uid: string): Promise<void> {
  const key = anRsaKey()
  const json = { public_key: key.public_key, scopes: 'trade', totp_code }
  const { status, body: registered } = await program.call('POST', '/api_keys', { token, json })
  equal(status, 201)
  const iat = Math.floor(systemClock.now() / 1000)
  const claims = { sub: 'api_key_jwt', iss: 'external', iat, exp: iat + 60, jti: 'the first one' }
  const exchanged = await program.call('POST', '/sessions/generate_jwt', {
    json: { kid: registered.uid, jwt_token: aJws(key, { alg: 'RS256' }, claims) },
  })
  equal(exchanged.status, 200)
  const { payload, ...told } = await verifiedByStranger(program, exchanged.body.token)
  deepEqual(told, { valid: true })
  deepEqual([payload.uid, payload.level, payload.aud, payload.api_kid], [uid, 3, 'trade', registered.uid])
}

/** Verifies a token as other services do, with the published keys alone (RFC 7517). */
async function verifiedByStranger(program: Program, token: string) {
  const [header = '', payload = '', signature = ''] = token.split('.')
  const { kid } = JSON.parse(Buffer.from(header, 'base64url').toString())
  const { body } = await program.call('GET', `${program.url}/oauth/discovery/keys`)
  const jwk = body.keys.find((key: { kid: string }) => key.kid === kid)
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const signed = Buffer.from(`${header}.${payload}`)
  return {
    valid: verifySignature('sha256', signed, key, Buffer.from(signature, 'base64url')),
    payload: JSON.parse(Buffer.from(payload, 'base64url').toString()),
  }
}

async function resetPassword(program: Program): Promise<void> {
  equal((await program.call('POST', '/security/reset_password', { json: { email: EMAIL } })).status, 201)
  // Notices of what was changed before may come after it was asked for.
  const reset_password_token = await eventually(async () =>
    (await program.messagesTo(EMAIL)).map(({ text }) => /reset_password_token=([\w-]+)/.exec(text)?.[1]).find(Boolean),
  )
  const json = { reset_password_token, password: NEW_PASSWORD }
  equal((await program.call('PUT', '/security/reset_password', { json })).status, 200)
  equal((await program.call('PUT', '/security/reset_password', { json })).status, 404, 'A token works once.')
}

const tokenIn = (text: string): string | undefined => /_token=([\w-]+)/.exec(text)?.[1]
