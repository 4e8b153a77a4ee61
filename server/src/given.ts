import { readEventSigner } from './brokers.ts'
import { parseOwnKey } from './features/signing-keys/key-pairs.ts'
import type { Config } from './platform/config/config.ts'
import { loadManagementPolicy } from './platform/config/management-api/load.ts'
import { ownSigningKey } from './platform/config/secrets.ts'

/**
 * What an operator hands in by files and texts that settings name. A start takes each of them from here, and `barong doctor`
 * tries all: what stops the one is told by the other. Each throws ConfigError naming every mistake.
 */
export const given = {
  'management API': loadManagementPolicy,
  'signing key': (config: Config) => {
    const pem = ownSigningKey(config)
    return pem === undefined ? undefined : parseOwnKey(pem)
  },
  'event key': readEventSigner,
} as const satisfies Record<string, (config: Config) => unknown>
