import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { ActorKind } from '../../platform/acting/acting.ts'
import type { Account, AuditRecord } from '../../platform/db/schema.ts'
import type { Action } from './actions.ts'
import type { ActivityView } from './schema.ts'
import { listRecords, type RecordFilters } from './store.ts'

const errors = defineErrors('audit', {
  limit: [422, 'limit must be from 1 to 100'],
  before: [422, 'before must be the id of an activity'],
  topic: [422, 'topic must be security'],
})

const DEFAULT_LIMIT = 25
const MAX_LIMIT = 100

/** Which records, newest first; `before` is the id of the last one of the page before. */
export interface Page {
  limit?: string | undefined
  before?: string | undefined
}

/** Whose address and device are the person's own affair. */
const THEIRS: readonly ActorKind[] = ['person', 'stranger', 'application']

/** Records for those who review the log, newest first. */
export const listActivities = (
  { db }: Pick<Deps, 'db'>,
  filters: Omit<RecordFilters, 'before'>,
  page: Page,
): Promise<AuditRecord[]> => listRecords(db, { ...filters, before: beforeOf(page) }, limitOf(page))

/**
 * What staff and services do among themselves: the owner is not told, least of all while somebody looks into the account, and
 * what services read all day would hide what matters.
 */
export const INTERNAL: readonly Action[] = [
  'note.added',
  'document.viewed',
  'staff.refused',
  'management.refused',
  'management.account_read',
  'management.labels_read',
]

/** What an owner must hear of, as it changes what signs in, or what has access. */
const SECURITY: readonly Action[] = [
  'account.email_change_requested',
  'account.email_changed',
  'account.frozen',
  'account.locked',
  'api_key.changed',
  'api_key.created',
  'api_key.deleted',
  'application.consented',
  'otp.disabled',
  'otp.enabled',
  'passkey.added',
  'passkey.removed',
  'password.changed',
  'password.reset',
  'password.set',
  'phone.verified',
  'recovery_code.used',
  'recovery_codes.made',
]

/** What happened to an account, as its owner sees it, newest first. */
export async function listOwnActivities(
  needs: Pick<Deps, 'db'>,
  { id }: Pick<Account, 'id'>,
  { topic, ...page }: Page & { topic?: string | undefined },
): Promise<Static<typeof ActivityView>[]> {
  if (topic !== undefined && topic !== 'security') throw errors.topic()
  const wanted = topic === undefined ? { except: INTERNAL } : { actions: SECURITY, result: 'ok' as const }
  const records = await listActivities(needs, { account_id: id, ...wanted }, page)
  return records.map((record) => {
    const isTheirs = THEIRS.includes(record.actor_kind)
    return {
      id: record.id,
      action: record.action,
      result: record.result,
      by: record.actor_kind,
      address: isTheirs ? record.address : null,
      device: isTheirs ? record.user_agent : null,
      at: isoSeconds(record.created_at),
    }
  })
}

function limitOf({ limit = String(DEFAULT_LIMIT) }: Page): number {
  const number = Number(limit)
  if (/^\d{1,3}$/.test(limit) && number >= 1 && number <= MAX_LIMIT) return number
  throw errors.limit()
}

function beforeOf({ before }: Page): number | undefined {
  if (before === undefined) return undefined
  if (/^\d{1,15}$/.test(before)) return Number(before)
  throw errors.before()
}
