// oidc-provider as its documentation starts it: in memory, tokens of clients as JWTs.
import { generateKeyPairSync } from 'node:crypto'
import { createServer } from 'node:http'
import Provider from 'oidc-provider'
import { mapAdapters } from './map-adapter.ts'

const CHAINS = 64
const RESOURCE = 'https://api.example/'
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const client_id = 'bench'
const client_secret = 'b'.repeat(64)
console.warn = () => {}
console.info = () => {}
const provider = new Provider('http://127.0.0.1', {
  adapter: mapAdapters(),
  jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
  clients: [
    {
      client_id,
      client_secret,
      redirect_uris: ['https://app.example/callback'],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      response_types: ['code'],
    },
  ],
  scopes: ['openid', 'offline_access', 'profile'],
  rotateRefreshToken: true,
  findAccount: async (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: async () => ({
        scope: 'profile',
        audience: RESOURCE,
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'RS256' } },
      }),
    },
  },
})

const client = await provider.Client.find(client_id)
if (!client) throw new Error('There is no client.')
const refresh_tokens: string[] = []
let access_token = ''
for (let index = 0; index < CHAINS; index += 1) {
  const grant = new provider.Grant({ accountId: `person${index}`, clientId: client_id })
  grant.addOIDCScope('openid offline_access')
  const grantId = await grant.save()
  const shared = {
    accountId: `person${index}`,
    client,
    grantId,
    gty: 'authorization_code',
    scope: 'openid offline_access',
  }
  const refresh = new provider.RefreshToken({
    ...shared,
    iiat: Math.floor(performance.timeOrigin / 1000),
    rotations: 0,
  })
  refresh_tokens.push(await refresh.save())
  access_token = await new provider.AccessToken(shared).save()
}
const server = createServer(provider.callback()).listen(0, '127.0.0.1', () => {
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  process.stdout.write(
    `${JSON.stringify({ port, client_id, client_secret, refresh_tokens, access_token, resource: RESOURCE })}\n`,
  )
})
