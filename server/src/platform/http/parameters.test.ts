import { deepEqual, equal, ok, throws } from 'node:assert/strict'
import { test } from 'node:test'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fc from 'fast-check'
import Fastify from 'fastify'
import { type Static, Type } from 'typebox'
import { isObject } from '../../lib/json.ts'
import {
  anyText,
  blankText,
  dateText,
  file,
  hash,
  nullableText,
  parameterCheck,
  text,
  UploadedFile,
} from './parameters.ts'

const upload = new UploadedFile('a.png')

const Registration = Type.Object({ email: text('Email'), password: text('Password') })
const Session = Type.Object({
  email: blankText('Email'),
  expires_in: Type.Optional(anyText('Expires In', { untyped: true })),
  otp_code: Type.Optional(nullableText('OTP code')),
})
const Profile = Type.Object({ dob: dateText('Birthday', { blank: true }), metadata: Type.Optional(hash('Metadata')) })
const Document = Type.Object({ doc_expire: dateText('Document Expire'), upload: file('Image') })
const Renewal = Type.Object({ expires_in: Type.Optional(anyText('Expires In')) })
const Signing = Type.Object({ jwt: hash('JWT', { blank: false }), state: Type.Optional(text('state')) })

const check = {
  registration: parameterCheck(Registration),
  session: parameterCheck(Session),
  profile: parameterCheck(Profile),
  document: parameterCheck(Document),
  renewal: parameterCheck(Renewal),
  signing: parameterCheck(Signing),
}

const REFUSED: [keyof typeof check, Record<string, unknown>, string][] = [
  ['registration', {}, 'Email is missing, Email is empty, Password is missing, Password is empty'],
  ['registration', { email: 'a@b' }, 'Password is missing, Password is empty'],
  ['registration', { email: '', password: 'x' }, 'Email is empty'],
  ['registration', { email: ' \t\n\u00a0', password: 'x' }, 'Email is empty'],
  ['registration', { email: null, password: null }, 'Email is empty, Password is empty'],
  ['registration', { email: [], password: 'x' }, 'Email is invalid, Email is empty'],
  ['registration', { email: {}, password: 'x' }, 'Email is invalid, Email is empty'],
  ['registration', { email: ['a@b'], password: { a: 1 } }, 'Email is invalid, Password is invalid'],
  ['registration', { email: upload, password: 'x' }, 'Email is invalid'],
  ['session', {}, 'Email is missing'],
  ['session', { email: [] }, 'Email is invalid'],
  ['session', { email: 'a', expires_in: '' }, 'Expires In is empty'],
  ['session', { email: 'a', expires_in: null }, 'Expires In is empty'],
  ['session', { email: 'a', expires_in: { a: 1 } }, 'Expires In is invalid'],
  ['session', { email: 'a', expires_in: [1] }, 'Expires In is invalid'],
  ['session', { email: 'a', expires_in: [] }, 'Expires In is empty'],
  ['session', { email: 'a', expires_in: {} }, 'Expires In is empty'],
  ['renewal', { expires_in: [] }, 'Expires In is invalid, Expires In is empty'],
  ['renewal', { expires_in: {} }, 'Expires In is invalid, Expires In is empty'],
  ['session', { email: 'a', otp_code: ['1'] }, 'OTP code is invalid'],
  ['profile', {}, 'Birthday is missing'],
  ['profile', { dob: '   ' }, 'Birthday is invalid'],
  ['profile', { dob: 'bad', metadata: '' }, 'Birthday is invalid, Metadata is invalid'],
  ['profile', { dob: 2000, metadata: '{"a":1}' }, 'Birthday is invalid, Metadata is invalid'],
  ['profile', { dob: true, metadata: [1] }, 'Birthday is invalid, Metadata is invalid'],
  ['profile', { dob: ['x'], metadata: 1 }, 'Birthday is invalid, Metadata is invalid'],
  ['profile', { dob: '', metadata: upload }, 'Metadata is invalid'],
  ['document', {}, 'Document Expire is missing, Document Expire is empty, Image is missing, Image is empty'],
  ['document', { doc_expire: '', upload: '' }, 'Document Expire is empty, Image is empty'],
  [
    'document',
    { doc_expire: '   ', upload: '' },
    'Document Expire is invalid, Document Expire is empty, Image is empty',
  ],
  ['document', { doc_expire: null, upload: null }, 'Document Expire is empty, Image is empty'],
  ['document', { doc_expire: '2018-02-30', upload: 'notafile' }, 'Document Expire is invalid, Image is invalid'],
  [
    'document',
    { doc_expire: [], upload: { ...upload } },
    'Document Expire is invalid, Document Expire is empty, Image is invalid',
  ],
  ['signing', { jwt: {}, state: '' }, 'JWT is empty, state is empty'],
  ['signing', { jwt: null }, 'JWT is empty'],
  ['signing', { jwt: [] }, 'JWT is invalid, JWT is empty'],
]
for (const [name, input, message] of REFUSED) {
  test(`${name} parameters ${JSON.stringify(input)} are refused`, () => deepEqual(check[name](input), { message }))
}

const TAKEN: [keyof typeof check, Record<string, unknown>, Record<string, unknown>][] = [
  ['registration', { email: 123456, password: 1.5, role: 'admin' }, { email: '123456', password: '1.5' }],
  ['registration', { email: true, password: false }, { email: 'true', password: 'false' }],
  ['registration', { email: ' a ', password: 0 }, { email: ' a ', password: '0' }],
  ['session', { email: null, otp_code: null }, { email: '', otp_code: null }],
  ['session', { email: '', expires_in: 1800, otp_code: 12 }, { email: '', expires_in: '1800', otp_code: '12' }],
  ['session', { email: 'a\0b', expires_in: 'abc' }, { email: 'a\uFFFDb', expires_in: 'abc' }],
  ['session', { email: '\ud800', otp_code: '\0' }, { email: '\uFFFD', otp_code: '\uFFFD' }],
  ['registration', { email: 'a\0b', password: '\ud800' }, { email: 'a\uFFFDb', password: '\uFFFD' }],
  ['profile', { dob: '' }, { dob: '' }],
  ['profile', { dob: null, metadata: null }, { dob: '', metadata: {} }],
  ['profile', { dob: '2000/01/31', metadata: { a: [1] } }, { dob: '2000-01-31', metadata: { a: [1] } }],
  ['document', { doc_expire: '2099.12.31', upload }, { doc_expire: '2099-12-31', upload }],
  ['signing', { jwt: { payload: 'x' } }, { jwt: { payload: 'x' } }],
]
for (const [name, input, value] of TAKEN) {
  test(`${name} parameters ${JSON.stringify(input)} are taken`, () => deepEqual(check[name](input), { value }))
}

test('inherited members are no parameters', () => {
  const inherits = parameterCheck(Type.Object({ toString: Type.Optional(text('To')), valueOf: text('Value') }))
  deepEqual(inherits({}), { message: 'Value is missing, Value is empty' })
})

test('a type that no request can carry is refused when the check is made', () => {
  throws(() => parameterCheck(Type.Object({ n: Type.BigInt() })), /Parameter n/)
})

test('the schema is the static type of the checked value', () => {
  const session: Static<typeof Session> = { email: '', otp_code: null }
  const document: Static<typeof Document> = { doc_expire: '2099-12-31', upload }
  const profile: Static<typeof Profile> = { dob: '', metadata: { any: 1 } }
  deepEqual(check.session(session), { value: session })
  deepEqual(check.document(document), { value: document })
  deepEqual(check.profile(profile), { value: profile })
})

test('the schema is the static type of a route that checks with it', async () => {
  const http = Fastify().withTypeProvider<TypeBoxTypeProvider>()
  const validatorCompiler = () => (input: unknown) => {
    const checked = check.session(isObject(input) ? input : {})
    return 'message' in checked ? { error: new Error(checked.message) } : checked
  }
  http.post('/', { schema: { body: Session }, validatorCompiler }, async ({ body }) => {
    const email: string = body.email
    const expires_in: string | undefined = body.expires_in
    const otp_code: string | null | undefined = body.otp_code
    return { email, expires_in, otp_code }
  })
  const taken = await http.inject({
    method: 'POST',
    url: '/',
    payload: { email: 1, expires_in: 2, otp_code: null, x: 3 },
  })
  deepEqual(taken.json(), { email: '1', expires_in: '2', otp_code: null })
  const refused = await http.inject({ method: 'POST', url: '/', payload: { expires_in: '' } })
  equal(refused.statusCode, 400)
  equal(refused.json().message, 'Email is missing, Expires In is empty')
})

test('the schema is the API document', () => {
  deepEqual(JSON.parse(JSON.stringify(Document)), {
    type: 'object',
    required: ['doc_expire', 'upload'],
    properties: {
      doc_expire: { type: 'string', title: 'Document Expire', format: 'date', minLength: 1 },
      upload: { type: 'string', title: 'Image', format: 'binary' },
    },
  })
  deepEqual(JSON.parse(JSON.stringify(hash('JWT', { blank: false, description: 'Signed by the account' }))), {
    description: 'Signed by the account',
    title: 'JWT',
    type: 'object',
    additionalProperties: true,
    minProperties: 1,
  })
  deepEqual(JSON.parse(JSON.stringify(anyText('Limit'))), {
    title: 'Limit',
    anyOf: [{ type: 'string', minLength: 1 }, { type: 'number' }],
  })
})

// ASVS 15.3.3, 15.3.5
test('any input is taken with storable text and declared keys alone, or refused with a message', () => {
  const input = fc.record(
    { email: fc.anything(), expires_in: fc.anything(), otp_code: fc.anything(), other: fc.anything() },
    { requiredKeys: [] },
  )
  fc.assert(
    fc.property(input, (raw) => {
      const checked = check.session(raw)
      if ('message' in checked) return ok(checked.message.length > 0)
      for (const [key, value] of Object.entries(checked.value)) {
        ok(key in Session.properties)
        ok(value === null || (typeof value === 'string' && value.isWellFormed() && !value.includes('\0')))
      }
      return deepEqual(check.session(checked.value), checked)
    }),
    { numRuns: 2000 },
  )
})
