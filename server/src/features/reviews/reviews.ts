import type { Static } from 'typebox'
import type { Deps } from '../../deps.ts'
import { DAY, HOUR, iso, isoSeconds, parseIso, SECOND } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { Account, AccountFacts, Row } from '../../platform/db/schema.ts'
import { findSameNumbers, findSamePictures } from '../documents/documents.ts'
import { spellingsOf } from '../profiles/profiles.ts'
import { isClaimed } from '../review-cases/review-cases.ts'
import type { CaseDetail, CaseView, DecisionView, OwnReview, QueueCounts, QueueQuery } from './schema.ts'
import { look, nameOf } from './seen.ts'
import { countQueue, findCase, findLatestCase, listDecisions, listQueue, type QueueRow } from './store.ts'

const errors = defineErrors('reviews', {
  notFound: [404, 'Record is not found'],
  country: [422, 'country must be an ISO 3166-1 code'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'vault' | 'blobs'>

const DEFAULT_LIMIT = 25
const HISTORY = 50
/** What is not told. */
const NONE: ReadonlyMap<number, string[]> = new Map()

/** Those who wait, longest first. */
export async function queue(
  needs: Needs,
  officer: AccountFacts,
  { after, limit = DEFAULT_LIMIT, country, ...filters }: Static<typeof QueueQuery>,
): Promise<CaseView[]> {
  const spellings = country === undefined ? undefined : spellingsOf(country)
  if (spellings?.length === 0) throw errors.country()
  const now = iso(needs.clock.now())
  const found = { ...filters, country: spellings, officer_id: officer.id, now }
  return (await listQueue(needs.db, found, after, limit)).map((row) => caseView(needs, officer, row))
}

/** How long the queue is, and how old. */
export async function queueCounts({ db, clock }: Needs): Promise<Static<typeof QueueCounts>> {
  const now = clock.now()
  const { oldest, ...counts } = await countQueue(db, iso(now), iso(now - HOUR), iso(now - DAY))
  return { ...counts, oldest_opened_at: oldest === null ? null : isoSeconds(oldest) }
}

/** A case; 404 when there is none. */
export async function readCase(needs: Needs, id: number): Promise<QueueRow> {
  const row = await findCase(needs.db, id)
  if (!row) throw errors.notFound()
  return row
}

/** Everything an officer decides by. */
export async function caseDetail(needs: Needs, officer: AccountFacts, id: number): Promise<Static<typeof CaseDetail>> {
  const row = await readCase(needs, id)
  const seen = await look(needs, needs.db, row.account_id)
  // Whoever is of the staff and reviewed themselves reads no more than any person does.
  const isOwn = row.account_id === officer.id
  const decisions = (await decisionsOf(needs, row.account_id)).map((each) => (isOwn ? { ...each, note: '' } : each))
  const known = new Set(decisions[0]?.seen.documents.map((document) => document.id))
  const numbers = isOwn ? NONE : await findSameNumbers(needs.db, row.account_id)
  const pictures = isOwn ? NONE : await findSamePictures(needs.db, row.account_id)
  return {
    ...caseView(needs, officer, row),
    language: row.language,
    profile: seen.profile,
    documents: seen.documents.map((document) => ({
      ...document,
      new: !known.has(document.id),
      same_number: numbers.get(document.id) ?? [],
      same_picture: pictures.get(document.id) ?? [],
    })),
    decisions,
    seen: nameOf(needs, seen),
  }
}

/** A case as lists show it to an officer. */
function caseView(needs: Pick<Deps, 'clock'>, officer: Pick<Account, 'id'>, row: QueueRow): CaseView {
  const { id, uid, email, level, level_sought, country, attempt, opened_at, closed_at, outcome } = row
  return {
    id,
    account: { uid, email, level },
    level_sought,
    country,
    attempt,
    opened_at: isoSeconds(opened_at),
    waiting_seconds: Math.floor((parseIso(closed_at ?? iso(needs.clock.now())) - parseIso(opened_at)) / SECOND),
    closed_at: closed_at === null ? null : isoSeconds(closed_at),
    outcome,
    claim:
      closed_at === null && isClaimed(needs, row) && row.claimed_until !== null
        ? { officer: person(row), mine: row.claimed_by === officer.id, until: isoSeconds(row.claimed_until) }
        : null,
  }
}

const person = ({ officer_uid: uid, officer_email: email }: Pick<QueueRow, 'officer_uid' | 'officer_email'>) =>
  uid === null || email === null ? null : { uid, email }

/** What was decided about an account, newest first, with what was seen. */
async function decisionsOf({ db, vault }: Pick<Deps, 'db' | 'vault'>, account_id: number): Promise<DecisionView[]> {
  const rows = await listDecisions(db, account_id, HISTORY)
  if (rows.length === 0) return []
  const key = await vault.keyOf(db, account_id)
  return rows.map((row) => {
    const open = (name: 'message_sealed' | 'note_sealed' | 'seen_sealed') =>
      key.open(`review_decisions.${name}`, row.case_id, row[name]).toString()
    return {
      decision: row.decision,
      reasons: JSON.parse(row.reasons),
      final: row.is_final === 1,
      message: open('message_sealed'),
      note: open('note_sealed'),
      officer: person(row),
      seen: JSON.parse(open('seen_sealed')),
      decided_at: isoSeconds(row.created_at),
    }
  })
}

/** How far the review of an account is, as its owner sees it. */
export async function ownReview(needs: Needs, { id }: Pick<Account, 'id'>): Promise<Static<typeof OwnReview>> {
  const latest = await findLatestCase(needs.db, id)
  const [decision] = await decisionsOf(needs, id)
  const decided = latest?.closed_at !== null && latest?.outcome === decision?.decision ? decision : undefined
  return {
    state: stateOf(latest),
    attempt: latest?.attempt ?? 0,
    opened_at: latest ? isoSeconds(latest.opened_at) : null,
    decided_at: latest?.closed_at ? isoSeconds(latest.closed_at) : null,
    reasons: decided?.reasons ?? [],
    message: decided?.message ?? '',
    may_hand_in: decision?.final !== true,
  }
}

const stateOf = (latest: Row<'review_cases'> | undefined): string =>
  latest === undefined || latest.outcome === 'elsewhere' ? 'none' : (latest.outcome ?? 'pending')
