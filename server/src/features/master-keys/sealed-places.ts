import type { SealedPlace } from './store.ts'

/** Every column that is sealed under the master key itself, with what its values are bound to. */
export const sealedPlaces: readonly SealedPlace[] = [
  { table: 'account_keys', column: 'key_sealed', purpose: 'account-key', context: ['account_id'] },
  { table: 'vault_keys', column: 'key_sealed', purpose: 'vault-key', context: ['name'] },
  { table: 'signing_keys', column: 'private_sealed', purpose: 'signing-key', context: ['kid'] },
  { table: 'applications', column: 'secret_sealed', purpose: 'application-secret', context: ['uid'] },
  { table: 'webhook_endpoints', column: 'secret_sealed', purpose: 'webhook-secret', context: ['uid'] },
  { table: 'webhook_endpoints', column: 'previous_secret_sealed', purpose: 'webhook-secret', context: ['uid'] },
  { table: 'oauth_records', column: 'payload_sealed', purpose: 'oauth-record', context: ['kind', 'key_digest'] },
  { table: 'outbox', column: 'payload_sealed', purpose: 'outbox', context: ['message_id'] },
  { table: 'events', column: 'payload_sealed', purpose: 'event', context: ['message_id'] },
]

/** Tables whose sealed columns are sealed under the data keys of accounts, which a change of the master key leaves as they are. */
export const UNDER_DATA_KEYS: readonly SealedPlace['table'][] = [
  'accounts',
  'profiles',
  'phones',
  'documents',
  'review_decisions',
  'account_notes',
]
