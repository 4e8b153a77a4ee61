import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { DataKey } from '../../platform/crypto/vault.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { AccountFacts } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { refuseProtected } from '../permissions/permissions.ts'
import { claimCase, closeClaimed } from '../review-cases/review-cases.ts'
import { reasonCodes } from './reason-codes.ts'
import { readCase } from './reviews.ts'
import type { NewDecision } from './schema.ts'
import { fileDigests, isNameOf, look, type Seen } from './seen.ts'
import { insertDecision, type QueueRow } from './store.ts'

const errors = defineErrors('reviews', {
  notClaimed: [409, 'Claim the case before you decide it'],
  changed: [409, 'The person handed something in meanwhile; look again'],
  reasonsMissing: [422, 'reasons must name at least one reason'],
  reasonsForApproval: [422, 'reasons and retry are for refusals'],
  messageMissing: [422, 'message must tell the person what to do'],
  retryForMore: [422, 'retry is for rejections; whoever is asked for more may hand in more'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'ring' | 'vault' | 'blobs' | 'config' | 'outbox'>

/** The value of the label `document` that each decision leads to. */
const LABELS = { approved: 'verified', rejected: 'rejected', more_requested: 'incomplete' } as const

/** Gives a case to an officer, unless it is about themselves or a colleague. */
export async function claimReview(needs: Needs, officer: AccountFacts, id: number): Promise<void> {
  const { account_id } = await readCase(needs, id)
  await refuseOwnCase(needs, officer, account_id)
  await claimCase(needs, officer, id)
}

/**
 * Decides a case that the officer holds, on what they saw and nothing else. The label, the level, mail, events, the audit
 * record and the decision with what was seen become true together.
 */
export async function decide(needs: Needs, officer: AccountFacts, id: number, input: NewDecision): Promise<void> {
  const final = finality(input)
  const found = await readCase(needs, id)
  await refuseOwnCase(needs, officer, found.account_id)
  // Reading the files takes its time, and what was handed in never changes.
  const digests = await fileDigests(needs, found.account_id)
  await needs.db.transaction().execute(async (tx) => {
    await lockAccount(tx, found.account_id)
    const now = iso(needs.clock.now())
    if (!(await closeClaimed(tx, id, officer.id, now, input.decision))) throw errors.notClaimed()
    const seen = await look(needs, tx, found.account_id)
    if (!isNameOf(needs, seen, input.seen)) throw errors.changed()
    const key = await needs.vault.keyOf(tx, found.account_id)
    await insertDecision(tx, decisionRow(key, officer, found, input, { seen, digests, final, now }))
    const { decision } = input
    await audit(needs, tx, {
      action: 'review.decided',
      account_id: found.account_id,
      details: { case_id: id, decision, final },
    })
    await setPrivateLabel(needs, tx, found.account_id, 'document', LABELS[decision], input.message)
  })
}

/** Whether the refusal is one for good; 422 when the parts of a decision do not go together. */
function finality({ decision, reasons = [], retry, message = '' }: NewDecision): boolean {
  if (decision === 'approved') {
    if (reasons.length > 0 || retry !== undefined) throw errors.reasonsForApproval()
    return false
  }
  if (reasons.length === 0) throw errors.reasonsMissing()
  if (message.trim() === '') throw errors.messageMissing()
  if (decision === 'rejected')
    return retry === undefined ? reasons.some((code) => reasonCodes[code] === 'final') : !retry
  if (retry !== undefined) throw errors.retryForMore()
  return false
}

function decisionRow(
  key: DataKey,
  officer: AccountFacts,
  { id, account_id }: QueueRow,
  { decision, reasons = [], message = '', note = '', ticks = {} }: NewDecision,
  { seen, digests, final, now }: { seen: Seen; digests: Map<number, string>; final: boolean; now: string },
) {
  const documents = seen.documents.map((document) => ({ ...document, sha256: digests.get(document.id) ?? '' }))
  return {
    case_id: id,
    account_id,
    officer_id: officer.id,
    decision,
    reasons: JSON.stringify(reasons),
    is_final: final ? 1 : 0,
    message_sealed: key.seal('review_decisions.message_sealed', id, message),
    note_sealed: key.seal('review_decisions.note_sealed', id, note),
    seen_sealed: key.seal(
      'review_decisions.seen_sealed',
      id,
      JSON.stringify({ profile: seen.profile, ticks, documents }),
    ),
    created_at: now,
  }
}

/** Nobody reviews themselves, and only administrators review colleagues. */
async function refuseOwnCase({ db }: Needs, officer: AccountFacts, account_id: number): Promise<void> {
  refuseProtected(officer, await db.transaction().execute((tx) => lockAccount(tx, account_id)))
}
