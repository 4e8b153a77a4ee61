import { levelOf, listLevels } from '../labels/labels.ts'
import { ROLES } from '../permissions/permissions.ts'
import { BATCH, insertRecords, inTransaction, standardsOf } from './account-batch.ts'
import { type AccountRows, accountRows, STATES } from './account-rows.ts'
import type { Barong1, Take } from './barong1-take.ts'
import { countField, type Fields, neededText } from './fields.ts'
import { findImported, insertImported, listImportedAccounts, listOwned } from './store.ts'

const TABLE = 'accounts'

/** Accounts with their password hashes. The level is taken over as it is, too. */
export const takeAccounts: Take = async ({ needs, source, report }, rows) => {
  const ids = rows.map((row) => neededText(row, 'id'))
  const { present, fresh, outcomes } = await inTransaction(needs, async (tx) => {
    const present = await findImported(tx, source, TABLE, ids)
    const fresh = rows.filter((_, index) => !present.has(ids[index] ?? ''))
    const outcomes = await insertRecords(tx, needs.vault, fresh.map(recordOf), judgeOf(needs))
    const pairs = outcomes.flatMap((outcome, index) =>
      'id' in outcome ? [{ source_id: neededText(fresh[index] ?? {}, 'id'), row_id: outcome.id }] : [],
    )
    await insertImported(tx, source, TABLE, pairs)
    return { present, fresh, outcomes }
  })
  report.count(TABLE, 'present', present.size)
  for (const [index, outcome] of outcomes.entries()) {
    const row = fresh[index] ?? {}
    const { id, otp_enabled } = row
    const place = { table: TABLE, id: String(id) }
    if ('reason' in outcome) report.skip(TABLE, place, outcome.reason)
    else {
      report.count(TABLE, 'imported', 1)
      for (const text of unknownWords(row)) report.remark(place, text)
      if (otp_enabled === '1') report.remark(place, NO_SECOND_FACTOR)
    }
  }
}

function judgeOf(needs: Barong1['needs']): (row: Fields) => AccountRows {
  const standards = standardsOf(needs, [])
  return (row) => {
    const { account, ...rest } = accountRows(standards, row)
    return { ...rest, account: { ...account, level: countField(row, 'level') } }
  }
}

const NO_SECOND_FACTOR = 'The second factor was on, but its secret was in Vault: it is off now and must be set up again'

/** What 1.x, which took any word, may have beside the words known here becomes what can do the least. */
const SAFE = { role: { known: ROLES, otherwise: 'member' }, state: { known: STATES, otherwise: 'banned' } } as const

const knows = (known: readonly string[], word: unknown): boolean =>
  typeof word !== 'string' || word === '' || known.includes(word)

const safeWord = (name: keyof typeof SAFE, word: unknown): unknown =>
  knows(SAFE[name].known, word) ? word : SAFE[name].otherwise

const unknownWords = (row: Fields): string[] =>
  (['role', 'state'] as const).flatMap((name) =>
    knows(SAFE[name].known, row[name])
      ? []
      : [`The ${name} "${row[name]}" is unknown here: it is ${SAFE[name].otherwise} now`],
  )

/** An account of 1.x as a record of a file. Labels come from their own table. */
const recordOf = ({ encrypted_password, confirmed_at = null, role, state, ...row }: Fields): Fields => ({
  ...row,
  role: safeWord('role', role),
  state: safeWord('state', state),
  confirmed_at,
  password_digest: encrypted_password,
  labels: [],
})

/** Tells of accounts whose level is another one than their labels make up: it changes when one of their labels does. */
export async function tellLevels({ needs: { db }, source, report }: Barong1): Promise<void> {
  const levels = await listLevels(db)
  for (let after = 0; ; ) {
    const page = await listImportedAccounts(db, source, after, BATCH)
    const last = page.at(-1)
    if (!last) return
    const labels = Map.groupBy(await listOwned(db, 'labels', page), ({ account_id }) => account_id)
    for (const { id, source_id, level } of page) {
      const earned = levelOf(labels.get(id) ?? [], levels)
      if (earned !== level)
        report.remark({ table: TABLE, id: source_id }, `The level is ${level}, but the labels make ${earned}`)
    }
    await report.flush()
    after = last.id
  }
}
