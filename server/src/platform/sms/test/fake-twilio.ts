import { type Answer, type HttpServer, httpServer, type Posted } from './http-server.ts'

export const account_sid = `AC${'0'.repeat(32)}`
export const auth_token = 'token of the account'

/** Numbers at which the fake misbehaves; any other is accepted. */
export const numbers = { invalid: '+15005550001', busy: '+15005550002', silent: '+15005550003' }

const json = (status: number, body: object): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** Twilio's endpoint for outgoing messages: basic authentication, a form in, JSON out. */
export const fakeTwilio = (): Promise<HttpServer> => httpServer(reply)

function reply({ method, path, headers, body }: Posted): Answer {
  if (method !== 'POST' || path !== `/2010-04-01/Accounts/${account_sid}/Messages.json`)
    return json(404, { status: 404 })
  const expected = `Basic ${Buffer.from(`${account_sid}:${auth_token}`).toString('base64')}`
  if (headers.authorization !== expected) return json(401, { status: 401, code: 20003, message: 'Authenticate' })

  const form = new URLSearchParams(body)
  const to = form.get('To')
  if (to === numbers.invalid) {
    return json(400, { status: 400, code: 21211, message: `The 'To' number ${to} is not a valid phone number.` })
  }
  if (to === numbers.busy) return json(429, { status: 429, code: 20429, message: 'Too Many Requests' })
  if (to === numbers.silent) return undefined
  return json(201, { sid: `SM${'1'.repeat(32)}`, status: 'queued', to, from: form.get('From'), body: form.get('Body') })
}
