import { whoActs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { setReader } from './store.ts'

/** Room for any host name (RFC 1035, section 2.3.4) with a port. */
const MAX_HOST = 260

/** What the person who acts reads, and where they came in; nothing where the staff or a service acts. */
export function readerNow(): { language: string | null; host: string | null } {
  const { actor, language, host } = whoActs()
  if (actor.kind !== 'person' && actor.kind !== 'stranger') return { language: null, host: null }
  return { language: language ?? null, host: host !== undefined && host.length <= MAX_HOST ? host : null }
}

/** Writes to the person from now on as they read and where they come in; what they did not tell stays. */
export async function rememberReader(tx: Tx, account: Account): Promise<void> {
  const { language, host } = readerNow()
  const reader = { language: language ?? account.language, host: host ?? account.host }
  if (reader.language !== account.language || reader.host !== account.host) await setReader(tx, account.id, reader)
}
