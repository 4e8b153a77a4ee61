import { setImmediate as pause } from 'node:timers/promises'
import type { Deps } from '../../deps.ts'
import { defineErrors } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { type Acting, whoActs } from '../../platform/acting/acting.ts'
import type { AuditRecord } from '../../platform/db/schema.ts'
import { readDatabase } from './reading.ts'
import { auditAs } from './recording.ts'
import type { VerificationView } from './schema.ts'
import { type LogItem, type Verdict, verifyLog } from './verification.ts'

const errors = defineErrors('audit', { busy: [409, 'The log is being verified already'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'keys' | 'log'>

/** Records after which others get their turn: the embedded database never waits. */
const STRETCH = 500

/** Verifications of the log that this process makes in the background, one at a time. */
export interface Verifications extends AsyncDisposable {
  /** Begins one; what it finds becomes a record of the log itself. */
  begin(): void
  running(): boolean
}

export function createVerifications(needs: Needs): Verifications {
  const stop = new AbortController()
  let running: Promise<void> | undefined
  return {
    begin: () => {
      if (running) throw errors.busy()
      running = verify(needs, { ...whoActs() }, stop.signal)
        .catch((error: unknown) => needs.log.error({ err: error }, 'The audit log could not be verified'))
        .finally(() => {
          running = undefined
        })
    },
    running: () => running !== undefined,
    [Symbol.asyncDispose]: async () => {
      stop.abort()
      await running
    },
  }
}

async function verify(needs: Needs, who: Acting, stop: AbortSignal): Promise<void> {
  const { db, keys } = needs
  const verdict = await verifyLog(patiently(readDatabase(db), stop), { find: (kid) => keys.find(kid) })
  if (stop.aborted) return
  if (verdict.broken) needs.log.error({ broken: verdict.broken }, 'The audit log is broken')
  const details = detailsOf(verdict)
  await db
    .transaction()
    .execute((tx) => auditAs(needs, tx, who, { action: 'audit.verified', account_id: null, details }))
}

async function* patiently(items: AsyncIterable<LogItem>, stop: AbortSignal): AsyncGenerator<LogItem> {
  let count = 0
  for await (const item of items) {
    if (stop.aborted) return
    yield item
    count += 1
    if (count % STRETCH === 0) await pause()
  }
}

const detailsOf = ({ broken, records, checkpoints, signed }: Verdict) => ({
  whole: broken === undefined,
  records,
  checkpoints,
  signed,
  broken_at: broken?.seq ?? null,
  why: broken?.why ?? null,
})

/** What a verification found, as its record tells. */
export function verificationOf({ details, created_at }: AuditRecord): VerificationView | undefined {
  const told: unknown = details === null ? undefined : JSON.parse(details)
  if (!isObject(told)) return undefined
  return {
    at: created_at,
    whole: told['whole'] === true,
    records: Number(told['records']),
    checkpoints: Number(told['checkpoints']),
    signed: Number(told['signed']),
    broken_at: typeof told['broken_at'] === 'number' ? told['broken_at'] : null,
    why: typeof told['why'] === 'string' ? told['why'] : null,
  }
}
