import { insertLevel, listLevels } from '../labels/labels.ts'
import { nowOf } from './account-batch.ts'
import type { Barong1, Take } from './barong1-take.ts'
import { type Fields, neededText, textField } from './fields.ts'
import { times } from './owned-rows.ts'

const TABLE = 'levels'

const WITHOUT_LEVELS =
  'The database has no levels, as of Barong 1.7: its accounts were given the labels that make theirs here'

const nameOf = (level: Fields): string => `${level['key']}:${level['value']}`

/** The ladder of levels. */
export const takeLevels: Take = async ({ needs, report }, rows) => {
  const present = new Set((await listLevels(needs.db)).map(({ key, value }) => `${key}:${value}`))
  for (const row of rows) {
    const key = neededText(row, 'key')
    const value = neededText(row, 'value')
    report.count(TABLE, present.has(nameOf(row)) ? 'present' : 'imported', 1)
    const description = textField(row, 'description') ?? `${key} is ${value}`
    await insertLevel(needs.db, { key, value, description, ...times(row, nowOf(needs)) })
  }
}

/** Tells when accounts have levels that nothing here leads to. */
export async function tellLadder({ needs, report }: Barong1): Promise<void> {
  const { read = 0 } = report.tallies[TABLE] ?? {}
  const here = (await listLevels(needs.db)).length
  if (read === 0) {
    report.remark({ table: TABLE, id: '' }, WITHOUT_LEVELS)
  } else if (read !== here)
    report.remark(
      { table: TABLE, id: '' },
      `There are ${here} levels here and ${read} there: numbers mean other things`,
    )
}
