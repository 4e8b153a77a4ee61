import { iso } from '../../lib/clock.ts'
import { insertMany } from '../../platform/db/bulk.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Label, Level, NewRow } from '../../platform/db/schema.ts'
import { insertLevel, levelOf, listLevels } from '../labels/labels.ts'
import { BATCH, inTransaction, nowOf } from './account-batch.ts'
import type { Barong1 } from './barong1-take.ts'
import { findImported, insertImported, listImportedAccounts, listOwned, setLevel } from './store.ts'

/** Under which it is noted whose labels were completed: what is taken away here later does not come back. */
const DONE = 'upgraded_accounts'
const ACCOUNTS = 'accounts'
const REVIEW = 'document'

/** What the numbers of levels meant before they were rows. */
const FIRST_LEVELS = ['email', 'phone', REVIEW]

type Imported = Awaited<ReturnType<typeof listImportedAccounts>>[number]

/**
 * Does what the upgrade of Barong 1.7 to 1.8 did: accounts get the private labels that make the level they had as a number,
 * and their profile's state becomes the label that reviews go by. A database of 1.8 has nothing of that to do.
 */
export async function upgradeAccounts(barong1: Barong1): Promise<void> {
  const { needs, source, report, profile_states } = barong1
  const numbered = (report.tallies['levels']?.read ?? 0) === 0
  if (!numbered && profile_states.size === 0) return
  if (numbered) await makeFirstLevels(barong1)
  const levels = await listLevels(needs.db)
  for (let after = 0; ; ) {
    const page = await listImportedAccounts(needs.db, source, after, BATCH)
    const last = page.at(-1)
    if (!last) return
    const remarks = await inTransaction(needs, (tx) => upgradePage(barong1, tx, page, numbered ? levels : [], levels))
    for (const { id, text } of remarks) report.remark({ table: ACCOUNTS, id }, text)
    await report.flush()
    after = last.id
  }
}

async function makeFirstLevels({ needs: { db, clock } }: Barong1): Promise<void> {
  if ((await listLevels(db)).length > 0) return
  const now = iso(clock.now())
  for (const key of FIRST_LEVELS)
    await insertLevel(db, {
      key,
      value: 'verified',
      description: `${key} is verified`,
      created_at: now,
      updated_at: now,
    })
}

interface Remark {
  id: string
  text: string
}

/** `earned`: the levels whose numbers stand for labels. */
async function upgradePage(
  { needs, source, profile_states }: Barong1,
  tx: Tx,
  page: readonly Imported[],
  earned: readonly Level[],
  levels: readonly Level[],
): Promise<Remark[]> {
  const ids = page.map(({ source_id }) => source_id)
  const done = await findImported(tx, source, DONE, ids)
  const fresh = page.filter(({ source_id }) => !done.has(source_id))
  const labels = Map.groupBy(await listOwned(tx, 'labels', fresh), ({ account_id }) => account_id)
  const remarks: Remark[] = []
  const added: NewRow<'labels'>[] = []
  for (const account of fresh) {
    const say = (text: string) => remarks.push({ id: account.source_id, text })
    const owned = labels.get(account.id) ?? []
    const missing = missingLabels(account, owned, earned, profile_states.get(account.source_id), say)
    const now = nowOf(needs)
    const rows = missing.map((label) => ({
      ...label,
      account_id: account.id,
      scope: 'private',
      created_at: now,
      updated_at: now,
    }))
    added.push(...rows)
    const level = levelOf([...owned, ...rows], levels)
    if (earned.length === 0 || level === account.level) continue
    await setLevel(tx, account.id, level)
    say(`The level was ${account.level}, and is ${level}, which the labels make`)
  }
  await insertMany(tx, 'labels', added)
  await insertImported(
    tx,
    source,
    DONE,
    fresh.map(({ source_id, id }) => ({ source_id, row_id: id })),
  )
  return remarks
}

type Missing = Pick<Label, 'key' | 'value'>

/** Labels that the account is to have, but for those whose key it has already. */
function missingLabels(
  { level }: Imported,
  owned: readonly Label[],
  earned: readonly Level[],
  state: string | undefined,
  say: (text: string) => void,
): Missing[] {
  const keys = new Set(owned.filter(({ scope }) => scope === 'private').map(({ key }) => key))
  const wanted = earned.slice(0, level).map(({ key, value }) => ({ key, value }))
  const review = wanted.find(({ key }) => key === REVIEW)
  if (review && state === 'rejected')
    say(`The profile was rejected, but the level was ${level}: the label document is ${review.value}`)
  if (!review && state === 'approved' && !keys.has(REVIEW))
    say(`The profile was approved, but the level was ${level}: it is up for review`)
  const value = review ? undefined : REVIEWS[state ?? '']
  return [...wanted, ...(value === undefined ? [] : [{ key: REVIEW, value }])].filter(({ key }) => !keys.has(key))
}

/** What the label of reviews is for a profile that the level does not vouch for. One that was only begun has none. */
const REVIEWS: Readonly<Record<string, string>> = { pending: 'pending', rejected: 'rejected', approved: 'pending' }
