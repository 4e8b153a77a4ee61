import type { Deps } from '../../deps.ts'
import { isObject } from '../../lib/json.ts'
import { type Acting, type ActorKind, whoActs } from '../../platform/acting/acting.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { AuditRecord } from '../../platform/db/schema.ts'
import { type Link, PARTS, type Part } from './chain.ts'
import { chainWaiting } from './chainer.ts'
import { fromRanges, toRanges } from './ranges.ts'
import { auditAs } from './recording.ts'
import { awaitTurn, erasePart, findHead, listConcerning } from './store.ts'

/** Records looked at, and named by one record of the erasure, at a time. */
const BATCH = 1000

/** Who may be the person themselves, or carries the person's address. Administrators, signers and the system stay known. */
const PERSONAL: readonly ActorKind[] = ['person', 'stranger', 'application']
const PEOPLE: readonly ActorKind[] = ['person', 'administrator']

/**
 * Erases an account from the log: on whom records of it were, and who acted where that was the person. What was done,
 * when and with what result stays, and so does the chain; records of the erasure name the places it left bare. Keeps
 * others from chaining until the transaction ends.
 */
export async function eraseAuditData(needs: Pick<Deps, 'clock'>, tx: Tx, account_id: number): Promise<void> {
  await awaitTurn(tx)
  await chainEverything(tx)
  for (let after = 0; ; ) {
    const records = await listConcerning(tx, account_id, after, BATCH)
    if (records.length > 0) await eraseBatch(needs, tx, account_id, records)
    after = records.at(-1)?.id ?? after
    if (records.length < BATCH) break
  }
  // The records of the erasure too, so that whoever sees what is bare sees why.
  await chainEverything(tx)
}

async function chainEverything(tx: Tx): Promise<void> {
  for (let head = await findHead(tx), end: Link | undefined; end?.seq !== head.seq; ) {
    end = head
    head = await chainWaiting(tx, head, BATCH)
  }
}

async function eraseBatch(needs: Pick<Deps, 'clock'>, tx: Tx, account_id: number, records: AuditRecord[]) {
  const details: Record<string, string> = {}
  for (const part of PARTS) {
    const bared = records.filter((record) => concerns[part](record, account_id))
    await erasePart(
      tx,
      part,
      bared.map(({ id }) => id),
    )
    details[part] = toRanges(bared.map(({ seq }) => seq ?? 0).sort((one, other) => one - other))
  }
  if (Object.values(details).every((ranges) => ranges === '')) return
  await auditAs(needs, tx, eraserOf(account_id), { action: 'audit.erased', account_id: null, details })
}

const isActor = ({ actor_id, actor_kind }: AuditRecord, account_id: number): boolean =>
  actor_id === String(account_id) && PEOPLE.includes(actor_kind)

const concerns: Record<Part, (record: AuditRecord, account_id: number) => boolean> = {
  actor: (record, account_id) =>
    record.actor_salt !== null &&
    (isActor(record, account_id) || (record.account_id === account_id && PERSONAL.includes(record.actor_kind))),
  subject: (record, account_id) => record.subject_salt !== null && record.account_id === account_id,
}

/** Whoever erases; somebody who erases themselves leaves no trace of who that was. */
function eraserOf(account_id: number): Acting {
  const who = whoActs()
  const { kind, id } = who.actor
  const isThemselves = PERSONAL.includes(kind) || (PEOPLE.includes(kind) && id === String(account_id))
  if (!isThemselves) return who
  return { ...who, actor: { kind, id: null }, address: null, user_agent: null }
}

/** The places that a record of an erasure says it left bare; `undefined` when it says nothing of the kind. */
export function erasedPlaces({ details }: Pick<AuditRecord, 'details'>): Record<Part, number[]> | undefined {
  const told: unknown = details === null ? undefined : JSON.parse(details)
  if (!isObject(told)) return undefined
  const [actor, subject] = PARTS.map((part) => fromRanges(String(told[part]), BATCH))
  return actor && subject && { actor, subject }
}
