import { addWebsite } from '../websites/websites.ts'
import { reasonOf } from './barong1-applications.ts'
import type { Take } from './barong1-take.ts'
import { type Fields, neededText, textField } from './fields.ts'
import { findImported, insertImported } from './store.ts'

const TABLE = 'websites'
/** What 1.x called pages without a title. */
const TITLE = 'Barong'
/** Addresses on other hosts and HTML that ran in every page, for which there is no place here. */
const LEFT = ['logo', 'favicon', 'stylesheet', 'header', 'footer']

/** Websites with domain and title; what else they had is told. */
export const takeWebsites: Take = async ({ needs, source, report }, rows) => {
  const ids = rows.map((row) => neededText(row, 'id'))
  const present = await findImported(needs.db, source, TABLE, ids)
  report.count(TABLE, 'present', present.size)
  for (const [index, row] of rows.entries()) {
    const place = { table: TABLE, id: ids[index] ?? '' }
    if (present.has(place.id)) continue
    try {
      const input = { domain: neededText(row, 'domain'), title: textField(row, 'title') ?? TITLE }
      await addWebsite(needs, input, async (tx) =>
        insertImported(tx, source, TABLE, [{ source_id: place.id, row_id: null }]),
      )
      report.count(TABLE, 'imported', 1)
      const left = LEFT.filter((name) => has(row, name))
      if (left.length > 0)
        report.remark(place, `Not taken over: ${left.join(', ')}; set links, colours and a logo in the console`)
    } catch (error) {
      report.skip(TABLE, place, reasonOf(error))
    }
  }
}

const has = (row: Fields, name: string): boolean => typeof row[name] === 'string' && row[name] !== ''
