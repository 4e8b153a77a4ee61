import { fileURLToPath } from 'node:url'
import { type Contender, startChild } from './contender.ts'
import { oauthTraffic } from './oauth-traffic.ts'

const SCRIPT = fileURLToPath(new URL('oidc-provider-server.ts', import.meta.url))

interface Said {
  port: number
  client_id: string
  client_secret: string
  refresh_tokens: string[]
  access_token: string
  resource: string
}

/** Plain oidc-provider, all its state in memory. */
export async function startOidcProvider(): Promise<Contender> {
  const { pid, said, stop } = await startChild<Said>(SCRIPT)
  const paths = { token_path: '/token', introspection_path: '/token/introspection' }
  return {
    name: 'oidc-provider, in memory',
    kind: 'peer',
    port: said.port,
    pids: () => [pid],
    works: oauthTraffic({ ...said, ...paths, parameters: { resource: said.resource } }),
    [Symbol.asyncDispose]: stop,
  }
}
