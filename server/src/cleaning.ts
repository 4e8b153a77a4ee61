import { setTimeout as sleep } from 'node:timers/promises'
import type { Deps } from './deps.ts'
import { cleanEmailChanges } from './features/accounts/accounts.ts'
import { cleanApiKeyNonces } from './features/api-keys/api-keys.ts'
import { cleanOrigins } from './features/devices/devices.ts'
import { cleanFiles } from './features/documents/documents.ts'
import { applyLevels, liftTimedLabels } from './features/labels/labels.ts'
import { cleanManagementNonces } from './features/management/management.ts'
import { cleanNoticeLinks } from './features/notices/notices.ts'
import { cleanOauthRecords } from './features/oauth/cleaning.ts'
import { cleanChallenges } from './features/passkeys/passkeys.ts'
import { cleanRevocations } from './features/revocations/revocations.ts'
import { cleanSessions } from './features/sessions/sessions.ts'
import { rotateDueKeys } from './features/signing-keys/signing-keys.ts'
import { MINUTE, SECOND } from './lib/clock.ts'
import { cleanEvents } from './platform/events/retention.ts'
import { cleanSendings } from './platform/events/sendings.ts'
import { cleanLimits } from './platform/limits/limits.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'log' | 'ring' | 'config' | 'generateKey' | 'blobs' | 'outbox' | 'brokers'>

/** What grows and is no longer needed; each removes one batch and returns how many rows went. */
const cleaners: Readonly<Record<string, (needs: Needs) => Promise<number>>> = {
  sessions: cleanSessions,
  api_key_nonces: cleanApiKeyNonces,
  signing_keys: rotateDueKeys,
  document_files: cleanFiles,
  oauth_records: cleanOauthRecords,
  management_nonces: cleanManagementNonces,
  notice_links: cleanNoticeLinks,
  email_changes: cleanEmailChanges,
  timed_labels: liftTimedLabels,
  levels: applyLevels,
  familiar_origins: cleanOrigins,
  passkey_challenges: cleanChallenges,
  events: cleanEvents,
  sendings: cleanSendings,
  limits: cleanLimits,
  revocations: cleanRevocations,
}

const PAUSE = MINUTE
/** Nodes of one database shall not all clean at the same moment. */
const JITTER = 20 * SECOND

/** Cleans from now on, about once a minute, until disposed of; any number of processes may do so on one database. */
export function startCleaning(needs: Needs): AsyncDisposable {
  const stop = new AbortController()
  const ended = cleanUntil(stop.signal, needs)
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await ended
    },
  }
}

async function cleanUntil(stop: AbortSignal, needs: Needs): Promise<void> {
  while (!stop.aborted) {
    await sleep(PAUSE + Math.random() * JITTER, undefined, { signal: stop }).catch(() => {})
    await cleanAll(needs, stop)
  }
}

/** Removes what is no longer needed, in small batches so that others get their turn in between. */
export async function cleanAll(needs: Needs, stop?: AbortSignal): Promise<void> {
  for (const [name, clean] of Object.entries(cleaners)) {
    try {
      while (!stop?.aborted && (await clean(needs)) > 0);
    } catch (error) {
      needs.log.error({ err: error, what: name }, 'Cleaning failed; it is tried again in a minute')
    }
  }
}
