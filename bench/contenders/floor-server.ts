// What nothing on this stack can be faster than: bare routes that do the one thing that costs.
import { generateKeyPairSync, sign, verify as verifySignature } from 'node:crypto'
import { hash, verify } from '@node-rs/argon2'
import fastify from 'fastify'

const PASSWORD = 'a quiet river at dawn 7Q'
const HASHING = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const digest = await hash(PASSWORD, HASHING)

const me = {
  email: 'person@example.com',
  uid: 'ID0123456789',
  role: 'member',
  level: 1,
  otp_enabled: false,
  state: 'active',
}
const properties = Object.fromEntries(Object.entries(me).map(([name, value]) => [name, { type: typeof value }]))
const label = { key: 'email', value: 'verified', scope: 'private' }
const labels = Array.from({ length: 3 }, () => label)
const labelSchema = {
  type: 'object',
  properties: { key: { type: 'string' }, value: { type: 'string' }, scope: { type: 'string' } },
}

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

function jwt(): string {
  const iat = Math.floor(performance.timeOrigin / 1000)
  const claims = {
    iat,
    exp: iat + 14_400,
    sub: 'session',
    iss: 'barong',
    aud: ['peatio', 'barong'],
    jti: 'A'.repeat(24),
    ...me,
  }
  const input = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'k'.repeat(43) })}.${encode(claims)}`
  return `${input}.${sign('sha256', Buffer.from(input), privateKey).toString('base64url')}`
}

const app = fastify()
app.get('/json', { schema: { response: { 200: { type: 'object', properties } } } }, async () => me)
app.get('/list', { schema: { response: { 200: { type: 'array', items: labelSchema } } } }, async () => labels)
app.post('/hash', async () => JSON.stringify(await hash(PASSWORD, HASHING)))
app.post('/verify-hash', async () => JSON.stringify(await verify(digest, PASSWORD)))
app.post('/sign', async () => JSON.stringify(jwt()))
app.post<{ Body: { jwt_token: string } }>('/verify-and-sign', async (request) => {
  const [header = '', payload = '', signature = ''] = request.body.jwt_token.split('.')
  const right = verifySignature(
    'sha256',
    Buffer.from(`${header}.${payload}`),
    publicKey,
    Buffer.from(signature, 'base64url'),
  )
  return JSON.stringify(right ? jwt() : '')
})
await app.listen({ port: 0, host: '127.0.0.1' })
const address = app.server.address()
process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : 0, jwt: jwt() })}\n`)
