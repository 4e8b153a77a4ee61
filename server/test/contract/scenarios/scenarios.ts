import { accounts } from './accounts.ts'
import { apiKeys } from './api-keys.ts'
import { documents } from './documents.ts'
import { labels } from './labels.ts'
import { phones } from './phones.ts'
import { profiles } from './profiles.ts'
import type { Scenarios } from './scenario.ts'
import { security } from './security.ts'
import { sessions } from './sessions.ts'

/** A scenario for every documented status of every operation, but for those that are never answered. */
export const scenarios: Scenarios = {
  ...accounts,
  ...security,
  ...sessions,
  ...profiles,
  ...phones,
  ...documents,
  ...labels,
  ...apiKeys,
}
