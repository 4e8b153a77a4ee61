import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { ModelErrors } from '../../lib/sentences.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account, Label } from '../../platform/db/schema.ts'
import { documentReviewed, labelEvent, labelUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { followDocumentLabel } from '../review-cases/review-cases.ts'
import { actorText, auditLabel } from './label-audit.ts'
import { labelErrors, normalizeLabel } from './label-rules.ts'
import { levelOf, recomputeLevel } from './levels.ts'
import { refusalOfNew, refusalOfOneMore, TAKEN } from './new-labels.ts'
import { deleteLabelRow, findFullName, findLabel, insertLabel, listLabels, listLevels, setLabelValue } from './store.ts'

const errors = defineErrors('labels', {
  notFound: [404, 'Record is not found'],
  invalid: [422, 'The label is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox' | 'config' | 'vault'>

/**
 * Sets a private label, whether it is there or not; level, review mail and events follow when the value changes. `message`
 * is what the mail says besides.
 */
export async function setPrivateLabel(
  needs: Omit<Needs, 'db'>,
  tx: Tx,
  account_id: number,
  key: string,
  value: string,
  message = '',
): Promise<Label> {
  const account = await lockAccount(tx, account_id)
  const before = await findLabel(tx, account_id, key, 'private')
  return before ? change(needs, tx, account, before, value, message) : insert(needs, tx, account, key, value, message)
}

/** Adds a private label; 422 when there is one of that key. */
export async function createPrivateLabel(
  needs: Needs,
  { id }: Pick<Account, 'id'>,
  input: { key: string; value: string },
): Promise<Label> {
  const key = normalizeLabel(input.key)
  const value = normalizeLabel(input.value)
  const invalid = labelErrors({ key, value })
  if (invalid.any) throw errors.invalid({ body: await refusalOfNew(needs.db, id, key, 'private', invalid) })
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    if (await findLabel(tx, id, key, 'private')) throw errors.invalid({ body: TAKEN })
    const full = await refusalOfOneMore(tx, id, 'private')
    if (full) throw errors.invalid({ body: full })
    return insert(needs, tx, account, key, value)
  })
}

/** Gives a private label another value; 404 when there is none of that key. */
export async function changePrivateLabel(
  needs: Needs,
  { id }: Pick<Account, 'id'>,
  input: { key: string; value: string },
): Promise<Label> {
  return needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    const label = await findLabel(tx, id, input.key, 'private')
    if (!label) throw errors.notFound()
    const value = normalizeLabel(input.value)
    refuse(labelErrors({ value }))
    return change(needs, tx, account, label, value)
  })
}

/** Removes a private label, which lowers the level where it counted; 404 when there is none of that key. */
export async function deletePrivateLabel(needs: Needs, { id }: Pick<Account, 'id'>, key: string): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const account = await lockAccount(tx, id)
    const label = await findLabel(tx, id, key, 'private')
    if (!label) throw errors.notFound()
    await deleteLabelRow(tx, label.id)
    await needs.outbox.record(tx, id, eventMessage(labelEvent('deleted', account, label)))
    await auditLabel(needs, tx, 'label.deleted', label)
    if (label.key === 'document') await followDocumentLabel(needs, tx, id, null, 0)
    await recomputeLevel(needs, tx, id)
  })
}

async function insert(
  needs: Omit<Needs, 'db'>,
  tx: Tx,
  account: Account,
  key: string,
  value: string,
  message = '',
): Promise<Label> {
  const now = iso(needs.clock.now())
  const row = {
    account_id: account.id,
    key,
    value,
    scope: 'private',
    actor: actorText(),
    created_at: now,
    updated_at: now,
  }
  const label = await insertLabel(tx, row)
  await needs.outbox.record(tx, account.id, eventMessage(labelEvent('created', account, label)))
  await follow(needs, tx, account, label, message)
  return label
}

async function change(
  needs: Omit<Needs, 'db'>,
  tx: Tx,
  account: Account,
  before: Label,
  value: string,
  message = '',
): Promise<Label> {
  if (before.value === value) return before
  const label = await setLabelValue(tx, before.id, value, actorText(), iso(needs.clock.now()))
  await needs.outbox.record(tx, account.id, eventMessage(labelUpdated(account, before, label)))
  await follow(needs, tx, account, label, message)
  return label
}

async function follow(
  needs: Omit<Needs, 'db'>,
  tx: Tx,
  account: Account,
  label: Label,
  message: string,
): Promise<void> {
  const { key, value } = label
  await auditLabel(needs, tx, 'label.set', label)
  await recomputeLevel(needs, tx, account.id)
  if (key !== 'document') return
  await followDocumentLabel(needs, tx, account.id, value, await levelSought(tx, account.id))
  if (isReviewed(value)) await announceReview(needs, tx, account, value, message)
}

/** What the label `document` says once somebody looked, and the mail that tells of it. */
const REVIEWED = { verified: 'approved', rejected: 'rejected', incomplete: 'more_requested' } as const

const isReviewed = (value: string): value is keyof typeof REVIEWED => Object.hasOwn(REVIEWED, value)

/** The level that verified documents would lead to. */
async function levelSought(tx: Tx, account_id: number): Promise<number> {
  const others = (await listLabels(tx, account_id)).filter(({ key }) => key !== 'document')
  return levelOf([...others, { key: 'document', value: 'verified', scope: 'private' }], await listLevels(tx))
}

async function announceReview(
  { outbox, config, vault }: Omit<Needs, 'db'>,
  tx: Tx,
  account: Account,
  decision: keyof typeof REVIEWED,
  message: string,
): Promise<void> {
  await outbox.record(
    tx,
    account.id,
    {
      channel: 'mail',
      template: REVIEWED[decision],
      to: account.email,
      variables: {
        full_name: await findFullName(tx, vault, account.id),
        app_name: config.values.APP_NAME,
        message,
      },
    },
    ...(decision === 'incomplete' ? [] : [eventMessage(documentReviewed(account, decision))]),
  )
}

function refuse(invalid: ModelErrors): void {
  if (invalid.any) throw errors.invalid({ body: invalid.byAttribute() })
}
