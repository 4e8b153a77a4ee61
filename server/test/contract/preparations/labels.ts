import type { Recording } from '../recordings.ts'
import { at, person, type World } from '../world.ts'
import type { Preparation } from './preparation.ts'

const LB = 'lb@example.com'
const X4 = 'x4@example.com'

export const labelPreparations: readonly Preparation[] = [
  [/^label_post_(?!dup)/, (world, recording) => forgetLabel(world, recording, LB)],
  // The override of the method, which is none here, removed it.
  [/^label_emoji$/, (world, recording) => forgetLabel(world, recording, X4)],
  [/^label_get_both_scopes$/, bothScopes],
  [/^method_override_form$/, (world) => label(world, X4, 'abc', 'public', 'def')],
]

/** Labels of one key were made again and again. */
async function forgetLabel(world: World, { request }: Recording, email: string): Promise<void> {
  const key = /"key":"([^"]+)"/.exec(JSON.stringify(request))?.[1]
  const { id } = await person(world, email)
  if (key === undefined) return
  await world.server.deps.db
    .deleteFrom('labels')
    .where('account_id', '=', id)
    .where('scope', '=', 'public')
    .where('key', '=', key.trim().toLowerCase())
    .execute()
}

async function bothScopes(world: World): Promise<void> {
  await label(world, LB, 'both', 'private', 'priv')
  await label(world, LB, 'both', 'public', 'publ')
}

/** Gives the account a label as it was in the database. */
export async function label(world: World, email: string, key: string, scope: string, value: string): Promise<void> {
  const { db } = world.server.deps
  const { id: account_id } = await person(world, email)
  const now = at(world, 0)
  const former = db.deleteFrom('labels').where('account_id', '=', account_id)
  await former.where('key', '=', key).where('scope', '=', scope).execute()
  await db.insertInto('labels').values({ account_id, key, scope, value, created_at: now, updated_at: now }).execute()
}
