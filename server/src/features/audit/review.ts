import type { Deps } from '../../deps.ts'
import { iso, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { ActorKind } from '../../platform/acting/acting.ts'
import type { AuditRecord } from '../../platform/db/schema.ts'
import { parseCheckpoint } from './checkpoints.ts'
import type { ChainView, RecordQuery, RecordView } from './schema.ts'
import {
  countUnchained,
  findAccountId,
  findHead,
  findLatestCheckpoint,
  findLatestOf,
  findRecord,
  listRecords,
  listUids,
} from './store.ts'
import { verificationOf } from './verifications.ts'

const errors = defineErrors('audit', { notFound: [404, 'Record is not found'] })

/** Whose id is that of an account. */
const ACCOUNTS: readonly ActorKind[] = ['person', 'administrator']

/** Records for those who review the log, newest first. */
export async function readRecords({ db }: Pick<Deps, 'db'>, query: RecordQuery): Promise<RecordView[]> {
  const { account, actor, since, until, limit, ...filters } = query
  const account_id = account === undefined ? undefined : await findAccountId(db, account)
  if (account !== undefined && account_id === undefined) return []
  const actor_id = actor === undefined ? undefined : String((await findAccountId(db, actor)) ?? actor)
  const found = { ...filters, account_id, actor_id, since: instant(since), until: instant(until) }
  return viewsOf(db, await listRecords(db, found, limit))
}

/** A record by its id. */
export async function readRecord({ db }: Pick<Deps, 'db'>, id: number): Promise<RecordView> {
  const record = await findRecord(db, id)
  const [view] = record ? await viewsOf(db, [record]) : []
  if (!view) throw errors.notFound()
  return view
}

/** The end of the chain, the latest signature over it, and what the last verification found. */
export async function readChain({ db }: Pick<Deps, 'db'>, verifying: boolean): Promise<ChainView> {
  const [{ seq, hash }, unchained, latest, verified] = await Promise.all([
    findHead(db),
    countUnchained(db),
    findLatestCheckpoint(db),
    findLatestOf(db, 'audit.verified'),
  ])
  const checkpoint = latest && parseCheckpoint(latest.jws)
  return {
    records: seq,
    hash,
    unchained,
    checkpoint:
      latest && checkpoint
        ? { jws: latest.jws, seq: checkpoint.seq, kid: checkpoint.kid, signed_at: iso(checkpoint.signed_at * SECOND) }
        : null,
    verifying,
    verification: (verified && verificationOf(verified)) ?? null,
  }
}

async function viewsOf(db: Deps['db'], records: AuditRecord[]): Promise<RecordView[]> {
  const ids = records.flatMap((record) => [accountActing(record), record.account_id].filter((id) => id !== null))
  const uids = new Map(ids.length === 0 ? [] : (await listUids(db, ids)).map(({ id, uid }) => [id, uid]))
  return records.map((record) => {
    const acting = accountActing(record)
    return {
      id: record.id,
      at: record.created_at,
      action: record.action,
      result: record.result,
      code: record.code,
      actor: { kind: record.actor_kind, id: acting === null ? record.actor_id : (uids.get(acting) ?? null) },
      address: record.address,
      user_agent: record.user_agent,
      request_id: record.request_id,
      account_uid: record.account_id === null ? null : (uids.get(record.account_id) ?? null),
      details: record.details === null ? null : JSON.parse(record.details),
      erased: record.actor_salt === null || record.subject_salt === null,
      seq: record.seq,
      hash: record.hash,
    }
  })
}

const accountActing = ({ actor_kind, actor_id }: AuditRecord): number | null =>
  actor_id !== null && ACCOUNTS.includes(actor_kind) ? Number(actor_id) : null

/** The same instant as the database writes it. */
const instant = (text: string | undefined): string | undefined => (text === undefined ? undefined : iso(parseIso(text)))
