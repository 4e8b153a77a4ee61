import type { Deps } from '../../deps.ts'
import { MINUTE, seconds } from '../../lib/clock.ts'
import type { Document } from '../../platform/db/schema.ts'

/** The two parameters that make a link good. */
export interface LinkProof {
  /** Seconds since 1970, in decimal digits. */
  expires: string
  signature: string
}

type Named = Pick<Document, 'id' | 'account_id'>

/** Links of one window are equal, so that lists with them can be revalidated. */
const WINDOW = 5 * MINUTE
const LIFETIME = 15 * MINUTE

/**
 * A URL that shows the document's file without a token for the next 10 to 15 minutes; where SECRETS_IN_URLS says so, one that
 * shows it to who brings a token of the account.
 */
export function fileLink({ config, clock, ring }: Pick<Deps, 'config' | 'clock' | 'ring'>, document: Named): string {
  if (!config.values.SECRETS_IN_URLS) return `${config.url}/api/v1/documents/${document.id}/file`
  const now = clock.now()
  const expires = String(seconds(now - (now % WINDOW) + LIFETIME))
  const query = new URLSearchParams({ expires, signature: ring.digest(PURPOSE, textOf(document, expires)) })
  return `${config.url}/documents/${document.id}/file?${query}`
}

/** Whether the link was made here for this very document, and still counts. */
export function judgeLink(
  { config, clock, ring }: Pick<Deps, 'config' | 'clock' | 'ring'>,
  document: Named,
  { expires, signature }: LinkProof,
): 'good' | 'expired' | 'forged' {
  if (!config.values.SECRETS_IN_URLS) return 'forged'
  if (!ring.recognises(PURPOSE, textOf(document, expires), signature)) return 'forged'
  return Number(expires) > seconds(clock.now()) ? 'good' : 'expired'
}

const PURPOSE = 'document link'
const textOf = ({ id, account_id }: Named, expires: string): string => `${id}/${account_id}/${expires}`
