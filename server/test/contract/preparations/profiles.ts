import { insertProfiles } from '../../../src/features/profiles/profiles.ts'
import type { Recording } from '../recordings.ts'
import { at, person, type World } from '../world.ts'
import type { Preparation } from './preparation.ts'

const PR = 'pr@example.com'

export const profilePreparations: readonly Preparation[] = [
  [/^profile_(?!me_|conflict|.*_read$)/, forgetProfile],
  [/^profile_(.*_read|me_form)$/, recallProfile],
]

async function forgetProfile(world: World, { request }: Recording): Promise<void> {
  if (request?.method !== 'POST') return
  await person(world, PR)
  await deleteProfiles(world)
}

/** A profile that was handed in by a recording which is missing is put in its place as it was read. */
async function recallProfile(world: World, { name, response }: Recording): Promise<void> {
  const { db, vault } = world.server.deps
  if (world.replayed.has(name.replace(/_read$/, ''))) return
  const { metadata, ...profile } = JSON.parse(response?.body ?? '{}')
  const { id } = await person(world, PR)
  const now = at(world, 0)
  const kept = metadata === null ? null : JSON.stringify(metadata)
  const row = { ...profile, account_id: id, metadata: kept, created_at: now, updated_at: now }
  await deleteProfiles(world)
  await db.transaction().execute((tx) => insertProfiles(tx, vault, [row]))
}

async function deleteProfiles({ server: { deps } }: World): Promise<void> {
  await deps.db.deleteFrom('profile_words').execute()
  await deps.db.deleteFrom('profiles').execute()
}
