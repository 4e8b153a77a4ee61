import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { Deps } from '../../deps.ts'
import type { Frame } from '../../platform/http/pages.ts'
import type { Exchange } from './interactions.ts'
import { createProvider } from './provider.ts'

/** The OAuth engine; it is built anew when the signing keys change, since it reads them only once. */
export interface Engine {
  provider(): Provider
}

/** Builds the engine over our accounts, applications and keys. */
export function createEngine(
  needs: Pick<Deps, 'db' | 'clock' | 'config' | 'ring' | 'vault' | 'keys' | 'outbox' | 'log'>,
  frame: Frame,
): Engine {
  let provider = createProvider(needs, frame)
  needs.keys.onChange(() => {
    provider = createProvider(needs, frame)
  })
  return { provider: () => provider }
}

/** The interaction that a request belongs to. */
export const exchangeOf = (
  engine: Engine,
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): Exchange => ({ provider: engine.provider(), request, response, id })
