import { Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { clearSeeded, createApplication, type Rival } from '../applications/applications.ts'
import type { Take } from './barong1-take.ts'
import { neededText, textField, Unfit } from './fields.ts'
import { findImported, insertImported } from './store.ts'

const TABLE = 'oauth_applications'

/**
 * Applications with id and secret. Those of 1.x know no PKCE, so they may go without it. One that seeds planted here, and nobody has
 * used, makes way for the one that services and people know.
 */
export const takeApplications: Take = async ({ needs, source, report }, rows) => {
  const ids = rows.map((row) => neededText(row, 'id'))
  const present = await findImported(needs.db, source, TABLE, ids)
  report.count(TABLE, 'present', present.size)
  for (const [index, row] of rows.entries()) {
    const id = ids[index] ?? ''
    if (present.has(id)) continue
    const place = { table: TABLE, id }
    let rivals: { removed: Rival[]; staying: Rival[] } = { removed: [], staying: [] }
    try {
      const input = {
        uid: neededText(row, 'uid'),
        secret: neededText(row, 'secret'),
        name: neededText(row, 'name').trim(),
        redirect_uri: neededText(row, 'redirect_uri').trim().replaceAll(/\s+/g, '\n'),
        scopes: textField(row, 'scopes') ?? '',
        skipauth: row['skipauth'] === '1',
        pkce_required: false,
      }
      await createApplication(
        needs,
        input,
        (tx, application) => insertImported(tx, source, TABLE, [{ source_id: id, row_id: application.id }]),
        async (tx) => {
          rivals = await clearSeeded(needs, tx, input)
        },
      )
      report.count(TABLE, 'imported', 1)
      for (const { name, uid } of rivals.removed)
        report.remark(place, `It takes the place of ${name} (${uid}), which seeds had planted and nobody had used`)
    } catch (error) {
      report.skip(TABLE, place, [reasonOf(error), ...rivals.staying.map(wayOut)].join('. '))
    }
  }
}

/** What stands in the way here, and what to do about it. */
const wayOut = ({ name, uid, used }: Rival): string =>
  `Here it is ${name} (${uid}), which ${used ? 'is in use' : 'was made or changed by somebody'}: give that one another name in the console, or remove it, and import again`

/** Why a behaviour refused; any other error goes on. */
export function reasonOf(error: unknown): string {
  if (error instanceof Unfit) return error.message
  if (!(error instanceof Refusal)) throw error
  return isObject(error.body) && typeof error.body['error'] === 'string' ? error.body['error'] : error.message
}
