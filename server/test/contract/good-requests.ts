import type { HTTPMethods } from 'fastify'
import { aPng, type FormFile } from '../support/multipart.ts'

/** A request that is right in all its parameters; `{name}` in the path stands for one of them. */
export interface GoodRequest {
  method: HTTPMethods
  path: string
  parameters: Readonly<Record<string, string | FormFile | Record<string, string>>>
  /** Whether it wants a token, and with it a fresh `totp_code`. */
  asks?: 'token' | 'code'
}

const PASSWORD = 'a quiet river at dusk 8W'
const upload = { filename: 'passport.png', type: 'image/png', content: aPng() }

const post = (path: string, parameters: GoodRequest['parameters'], asks?: 'token' | 'code'): GoodRequest => ({
  method: 'POST',
  path,
  parameters,
  ...(asks ? { asks } : {}),
})

/** One of each operation of Barong 1.8.26 that takes parameters. */
export const goodRequests: readonly GoodRequest[] = [
  post('/accounts', { email: 'good@example.com', password: PASSWORD }),
  post('/accounts/confirm', { confirmation_token: 'x' }),
  post('/accounts/send_confirmation_instructions', { email: 'good@example.com' }),
  post('/accounts/unlock', { unlock_token: 'x' }),
  post('/accounts/send_unlock_instructions', { email: 'good@example.com' }),
  {
    method: 'PUT',
    path: '/accounts/password',
    parameters: { old_password: 'x', new_password: PASSWORD },
    asks: 'token',
  },
  post('/sessions', {
    email: 'good@example.com',
    password: PASSWORD,
    application_id: 'x',
    expires_in: '3600',
    otp_code: '123456',
  }),
  post('/sessions/generate_jwt', { kid: 'x', jwt_token: 'a.b.c' }),
  post('/security/renew', { expires_in: '3600' }, 'token'),
  post('/security/enable_2fa', { code: '123456' }, 'token'),
  post('/security/verify_code', { code: '123456' }, 'token'),
  post('/security/reset_password', { email: 'good@example.com' }),
  { method: 'PUT', path: '/security/reset_password', parameters: { reset_password_token: 'x', password: PASSWORD } },
  post('/security/verify_api_key', { uid: 'x', account_uid: 'x' }),
  post(
    '/profiles',
    {
      first_name: 'Mary',
      last_name: 'Poe',
      dob: '1990-01-31',
      address: 'Main street 1',
      postcode: '12345',
      city: 'Springfield',
      country: 'FR',
      metadata: { nickname: 'M' },
    },
    'token',
  ),
  post('/phones', { phone_number: '+14155552671' }, 'token'),
  post('/phones/send_code', { phone_number: '+14155552671' }, 'token'),
  post('/phones/verify', { phone_number: '+14155552671', verification_code: '123456' }, 'token'),
  post('/documents', { doc_expire: '2099-12-31', doc_type: 'Passport', doc_number: 'AB-12 34', upload }, 'token'),
  post('/labels', { key: 'colour', value: 'green' }, 'token'),
  { method: 'GET', path: '/labels/{key}', parameters: { key: 'colour' }, asks: 'token' },
  { method: 'PATCH', path: '/labels/{key}', parameters: { key: 'colour', value: 'red' }, asks: 'token' },
  { method: 'DELETE', path: '/labels/{key}', parameters: { key: 'shape' }, asks: 'token' },
  { method: 'GET', path: '/api_keys', parameters: {}, asks: 'code' },
  post('/api_keys', { public_key: 'x', scopes: 'trade', expires_in: '3600' }, 'code'),
  { method: 'GET', path: '/api_keys/{uid}', parameters: { uid: 'x' }, asks: 'code' },
  {
    method: 'PATCH',
    path: '/api_keys/{uid}',
    parameters: { uid: 'x', public_key: 'x', scopes: 'trade', expires_in: '3600', state: 'active' },
    asks: 'code',
  },
  { method: 'DELETE', path: '/api_keys/{uid}', parameters: { uid: 'x' }, asks: 'code' },
]
