import type { Vault } from '../../platform/crypto/vault.ts'
import type { Tx } from '../../platform/db/db.ts'
import { attempt, inTransaction } from './account-batch.ts'
import type { Barong1, Take } from './barong1-take.ts'
import { type Fields, neededText, textField } from './fields.ts'
import type { OwnedTable, ToInsert } from './owned-rows.ts'
import { findImported, insertImported } from './store.ts'

/** A table whose rows belong to accounts. */
interface Kind<T extends OwnedTable> {
  table: T
  /** Its primary key. */
  id: string
  /** The row as it is here; `now` in milliseconds. */
  judge(fields: Fields, account_id: number, now: number): ToInsert<T>
  /** What no other row may have: a name of it. */
  nameOf(row: ToInsert<T>): string
  /** Names that are taken, of those that the rows would take. */
  taken(tx: Tx, vault: Vault, rows: readonly ToInsert<T>[]): Promise<Set<string>>
  insert(tx: Tx, vault: Vault, rows: readonly ToInsert<T>[]): Promise<unknown>
  /** What a row is told whose name is taken. */
  clash: string
  /** What should be known of a row that is taken over. */
  remarkOf?(row: ToInsert<T>, now: number): string | undefined
}

type Judged<T extends OwnedTable> = { id: string } & ({ row: ToInsert<T> } | { reason: string })

/** Takes over the rows of such a table that can be, each wholly. */
export function takeOwned<T extends OwnedTable>(kind: Kind<T>): Take {
  return async (barong1, rows) => {
    const { needs, source, report } = barong1
    const { table } = kind
    const { present, outcomes } = await inTransaction(needs, async (tx) => {
      const { present, judged } = await judgeAll(barong1, tx, kind, rows)
      const fit = judged.flatMap((one) => ('row' in one ? [one.row] : []))
      const names = await kind.taken(tx, needs.vault, fit)
      const outcomes = judged.map((one) => ('row' in one ? claim(kind, names, one) : one))
      const free = outcomes.filter((one) => 'row' in one)
      await kind.insert(
        tx,
        needs.vault,
        free.map(({ row }) => row),
      )
      await insertImported(
        tx,
        source,
        table,
        free.map(({ id }) => ({ source_id: id, row_id: null })),
      )
      return { present, outcomes }
    })
    report.count(table, 'present', present)
    for (const one of outcomes) {
      if ('reason' in one) report.skip(table, { table, id: one.id }, one.reason)
      else {
        report.count(table, 'imported', 1)
        const remark = kind.remarkOf?.(one.row, needs.clock.now())
        if (remark !== undefined) report.remark({ table, id: one.id }, remark)
      }
    }
  }
}

/** The rows that were not taken over before, each with what it becomes or why it cannot be taken. */
async function judgeAll<T extends OwnedTable>(
  { needs, source }: Barong1,
  tx: Tx,
  { table, id: key, judge }: Kind<T>,
  rows: readonly Fields[],
): Promise<{ present: number; judged: Judged<T>[] }> {
  const ids = rows.map((row) => neededText(row, key))
  const present = await findImported(tx, source, table, ids)
  const accounts = rows.map((row) => textField(row, 'account_id') ?? '')
  const owners = await findImported(tx, source, 'accounts', accounts)
  const now = needs.clock.now()
  const judged = rows.flatMap((fields, index): Judged<T>[] => {
    const id = ids[index] ?? ''
    if (present.has(id)) return []
    const account_id = owners.get(accounts[index] ?? '') ?? undefined
    if (account_id === undefined) return [{ id, reason: 'Its account was not taken over' }]
    return [{ id, ...attempt(() => ({ row: judge(fields, account_id, now) })) }]
  })
  return { present: present.size, judged }
}

/** The row when its name is free, which it is not from here on. */
function claim<T extends OwnedTable>(
  { nameOf, clash }: Kind<T>,
  names: Set<string>,
  { id, row }: { id: string; row: ToInsert<T> },
): Judged<T> {
  const name = nameOf(row)
  if (names.has(name)) return { id, reason: clash }
  names.add(name)
  return { id, row }
}
