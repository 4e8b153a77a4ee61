import { SESSION } from '../../platform/db/columns.ts'
import { isPostgres, type Tx } from '../../platform/db/db.ts'
import { behind, prepared } from '../../platform/db/prepared.ts'
import type { NewRow, RowPatch, Session } from '../../platform/db/schema.ts'

/** The row that stands for a grant, unless it ended. */
export async function findOpenGrant(tx: Tx, grant_id: string): Promise<Session | undefined> {
  const [grant] = await openGrant(tx, grant_id)
  return grant
}

const openGrant = prepared('open_grant', (tx, grant_id: string) =>
  tx.selectFrom('sessions').select(SESSION).where('jti', '=', grant_id).where('revoked_at', 'is', null),
)

/** Writes a grant's row, in place of one that ended. */
export async function insertGrant(tx: Tx, row: NewRow<'sessions'>): Promise<Session> {
  await tx.deleteFrom('sessions').where('jti', '=', row.jti).execute()
  return tx.insertInto('sessions').values(row).returningAll().executeTakeFirstOrThrow()
}

export function updateGrant(tx: Tx, id: number, patch: RowPatch<'sessions'>): Promise<Session> {
  return tx.updateTable('sessions').set(patch).where('id', '=', id).returningAll().executeTakeFirstOrThrow()
}

/** Lets a grant last until then. */
export const prolongGrant = (tx: Tx, id: number, expires_at: string): Promise<void> =>
  behind(tx, grantProlonged(tx, expires_at, id))

const grantProlonged = prepared('prolonged_grant', (tx, expires_at: string, id: number) =>
  tx.updateTable('sessions').set({ expires_at }).where('id', '=', id),
)

/**
 * Whether the code that a grant's first tokens are fetched with was not taken away meanwhile, used or not. Who takes it away
 * waits for this transaction, and then ends its tokens.
 */
export async function hasCode(tx: Tx, grant_id: string): Promise<boolean> {
  const query = tx
    .selectFrom('oauth_records')
    .select('id')
    .where('grant_id', '=', grant_id)
    .where('kind', 'in', ['AuthorizationCode', 'DeviceCode'])
  const row = await (isPostgres(tx) ? query.forShare() : query).executeTakeFirst()
  return row !== undefined
}
