import type { Deps } from '../../deps.ts'
import { iso, isoSeconds } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import type { ModelErrors } from '../../lib/sentences.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, AccountFacts, Label } from '../../platform/db/schema.ts'
import { labelEvent, labelUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { actorText, auditLabel } from './label-audit.ts'
import { labelErrors, normalizeLabel } from './label-rules.ts'
import { refusalOfNew, refusalOfOneMore, TAKEN } from './new-labels.ts'
import type { LabelView } from './schema.ts'
import { deleteLabelRow, findLabels, insertLabel, listLabels, setLabelValue } from './store.ts'
import { isInForce } from './timed-labels.ts'

export { labelErrors, normalizeLabel } from './label-rules.ts'
export { applyLevels } from './level-changes.ts'
export { levelOf } from './levels.ts'
export { changePrivateLabel, createPrivateLabel, deletePrivateLabel, setPrivateLabel } from './private-labels.ts'
export { findLabel, insertLevel, listLabels, listLevels, listTimedLabels } from './store.ts'
export { isInForce, liftTimedLabels, setTimedPrivateLabel } from './timed-labels.ts'

const errors = defineErrors('labels', {
  notFound: [404, 'Record is not found'],
  isPrivate: [400, "Can't update Label."],
  invalid: [422, 'The label is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'outbox' | 'config'>

/** Adds a public label. */
export async function createLabel(
  needs: Needs,
  account: AccountFacts,
  input: { key: string; value: string },
): Promise<Label> {
  const label = { key: normalizeLabel(input.key), value: normalizeLabel(input.value) }
  const invalid = labelErrors(label)
  if (invalid.any)
    throw errors.invalid({ body: await refusalOfNew(needs.db, account.id, label.key, 'public', invalid) })
  const now = iso(needs.clock.now())
  try {
    return await needs.db.transaction().execute(async (tx) => {
      await lockAccount(tx, account.id)
      const full = await refusalOfOneMore(tx, account.id, 'public')
      if (full) throw errors.invalid({ body: full })
      const row = {
        ...label,
        account_id: account.id,
        scope: 'public',
        actor: actorText(),
        created_at: now,
        updated_at: now,
      }
      const created = await insertLabel(tx, row)
      await needs.outbox.record(tx, account.id, eventMessage(labelEvent('created', account, created)))
      await auditLabel(needs, tx, 'label.set', created)
      return created
    })
  } catch (error) {
    if (!isUniqueViolation(error)) throw error
    throw errors.invalid({ body: TAKEN })
  }
}

/** Gives a public label another value. */
export async function changeLabel(needs: Needs, account: AccountFacts, key: string, input: string): Promise<Label> {
  return needs.db.transaction().execute(async (tx) => {
    const label = await publicLabel(tx, account, key)
    const value = normalizeLabel(input)
    refuse(labelErrors({ value }))
    if (value === label.value) return label
    const changed = await setLabelValue(tx, label.id, value, actorText(), iso(needs.clock.now()))
    await needs.outbox.record(tx, account.id, eventMessage(labelUpdated(account, label, changed)))
    await auditLabel(needs, tx, 'label.set', changed)
    return changed
  })
}

/** Removes a public label. */
export async function deleteLabel(needs: Needs, account: AccountFacts, key: string): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    const label = await publicLabel(tx, account, key)
    await deleteLabelRow(tx, label.id)
    await needs.outbox.record(tx, account.id, eventMessage(labelEvent('deleted', account, label)))
    await auditLabel(needs, tx, 'label.deleted', label)
  })
}

/** The label of that key, a private one before a public one. */
export async function readLabel(needs: Pick<Deps, 'db' | 'clock'>, account: AccountFacts, key: string): Promise<Label> {
  const labels = (await findLabels(needs.db, account.id, key)).filter((label) => isInForce(needs, label))
  const label = labels.find((candidate) => candidate.scope === 'private') ?? labels[0]
  if (!label) throw errors.notFound()
  return label
}

/** A key that also has a private label cannot be changed, whichever was meant. The account stays locked, and so its labels. */
async function publicLabel(tx: Tx, account: AccountFacts, key: string): Promise<Label> {
  await lockAccount(tx, account.id)
  const labels = await findLabels(tx, account.id, key)
  const [label] = labels
  if (!label) throw errors.notFound()
  if (labels.some((candidate) => candidate.scope === 'private')) throw errors.isPrivate()
  return label
}

/** The account's labels that count now, oldest first. */
export const listLabelsInForce = async (
  needs: Pick<Deps, 'db' | 'clock'>,
  { id }: Pick<Account, 'id'>,
): Promise<Label[]> => (await listLabels(needs.db, id)).filter((label) => isInForce(needs, label))

function refuse(invalid: ModelErrors): void {
  if (invalid.any) throw errors.invalid({ body: invalid.byAttribute() })
}

/** A label as the APIs show it. */
export const labelView = ({ key, value, scope, created_at, updated_at, expires_at, reason }: Label): LabelView => ({
  key,
  value,
  scope,
  ...(expires_at === null ? {} : { expires_at: isoSeconds(expires_at), reason: reason ?? '' }),
  created_at: isoSeconds(created_at),
  updated_at: isoSeconds(updated_at),
})
