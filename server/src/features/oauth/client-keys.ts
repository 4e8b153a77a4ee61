import type { Deps } from '../../deps.ts'
import { BoundedMap } from '../../lib/bounded-map.ts'
import { HOUR, MINUTE, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { type PublicJwkSet, usableKeys } from '../../platform/crypto/jwk-set.ts'
import type { Application } from '../../platform/db/schema.ts'
import { webhookSettings } from '../../platform/events/webhooks.ts'
import { guardedJson } from '../../platform/http-client/guarded-request.ts'
import { registeredKeys } from '../applications/applications.ts'

/** The public keys of clients: those they handed in, and those they publish, which are fetched and kept for a while. */
export interface ClientKeys {
  /** The keys that are known now; none where they were not fetched yet. */
  known(application: Application): PublicJwkSet
  /** Fetches what is published before a client's assertion is looked at, where it is due. 503 when there are no keys to go by. */
  prepare(application: Application | undefined, kid: string | undefined): Promise<void>
}

/** After that long keys are fetched again, so that one that was taken back opens nothing. */
const FRESH = 5 * MINUTE
/** While their address does not answer, keys are good for that long. */
const STALE = HOUR
/** An address is asked no more often, whatever comes in and whatever it answers. */
const PAUSE = 10 * SECOND
const TIMEOUT = 3 * SECOND
/** Addresses whose keys are kept at once. */
const KEPT = 1000

const errors = defineErrors('oauth', {
  keysAway: [503, 'The keys of the application cannot be fetched at the moment, please try again'],
})

interface Published {
  keys: PublicJwkSet
  /** Milliseconds since 1970; `undefined` while there are none. */
  fetched_at: number | undefined
  tried_at: number
}

const NONE: PublicJwkSet = { keys: [] }

/** Keeps the keys of clients in this process. */
export function createClientKeys({ config, clock, log }: Pick<Deps, 'config' | 'clock' | 'log'>): ClientKeys {
  const guard = { ...webhookSettings(config).guard, timeout: TIMEOUT }
  const published = new BoundedMap<string, Published>(KEPT)
  const under_way = new Map<string, Promise<void>>()

  async function fetchKeys(url: string, { uid }: Application): Promise<void> {
    const tried_at = clock.now()
    try {
      const keys = usableKeys(await guardedJson(url, guard))
      published.set(url, { keys, fetched_at: tried_at, tried_at })
    } catch (error) {
      log.warn({ err: error, application: uid }, 'The keys of an application could not be fetched')
      const { keys = NONE, fetched_at } = published.get(url) ?? {}
      published.set(url, { keys, fetched_at, tried_at })
    }
  }

  /** One request at a time, which all wait for. */
  const fetchOnce = (url: string, application: Application): Promise<void> => {
    const running = under_way.get(url) ?? fetchKeys(url, application).finally(() => under_way.delete(url))
    under_way.set(url, running)
    return running
  }

  const isDue = (entry: Published | undefined, kid: string | undefined): boolean => {
    if (!entry) return true
    if (clock.now() - entry.tried_at < PAUSE) return false
    const isFresh = entry.fetched_at !== undefined && clock.now() - entry.fetched_at < FRESH
    return !isFresh || (kid !== undefined && !entry.keys.keys.some((key) => key['kid'] === kid))
  }

  return {
    known: (application) => {
      const { jwks_uri } = application
      return registeredKeys(application) ?? (jwks_uri === null ? NONE : (published.get(jwks_uri)?.keys ?? NONE))
    },
    prepare: async (application, kid) => {
      const url = application?.jwks_uri ?? null
      if (!application || url === null) return
      if (isDue(published.get(url), kid)) await fetchOnce(url, application)
      const fetched_at = published.get(url)?.fetched_at
      if (fetched_at === undefined || clock.now() - fetched_at > STALE)
        throw errors.keysAway({ headers: { 'retry-after': String(PAUSE / SECOND) } })
    },
  }
}
