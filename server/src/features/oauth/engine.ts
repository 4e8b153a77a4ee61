import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import type { Frame } from '../../platform/http/pages.ts'
import { type ClientKeys, createClientKeys } from './client-keys.ts'
import type { Exchange } from './interactions.ts'
import { createProvider } from './provider.ts'

/** The OAuth engine; it is built anew when the signing keys change, since it reads them only once. */
export interface Engine {
  provider(): Provider
  /** The keys that clients prove themselves by. */
  client_keys: ClientKeys
}

/** Builds the engine over our accounts, applications and keys. */
export function createEngine(
  needs: Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'vault' | 'keys' | 'outbox' | 'log'>,
  frame: Frame,
): Engine {
  const client_keys = createClientKeys(needs)
  const create = () => createProvider({ ...needs, client_keys }, frame)
  let provider = create()
  needs.keys.onChange(() => {
    provider = create()
  })
  return { provider: () => provider, client_keys }
}

/** The interaction that a request belongs to. */
export const exchangeOf = (
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Exchange => ({ provider: engine.provider(), request, response, id })
