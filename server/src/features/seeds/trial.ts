import { iso } from '../../lib/clock.ts'
import type { Db } from '../../platform/db/db.ts'
import { findAnyAccount, normalizeEmail } from '../accounts/accounts.ts'
import { findApplication, findApplicationByName } from '../applications/applications.ts'
import { insertLevel, listLevels } from '../labels/labels.ts'
import { type PlantingNeeds, plantSeeds } from './planting.ts'
import { type SeedAccount, type SeedApplication, type SeedFile, SeedFileError } from './seed-file.ts'

/**
 * Plants the seeds in an empty database, entry by entry, and returns what a start would refuse of them, a sentence each. `target` is
 * the database they are for, where there is one: what it has already is left alone here, as a start leaves it.
 */
export async function trySeeds(needs: PlantingNeeds, file: SeedFile, target: Db | undefined): Promise<string[]> {
  const now = iso(needs.clock.now())
  // An account may have the levels that somebody added since as well.
  for (const { key, value, description } of target ? await listLevels(target) : [])
    await insertLevel(needs.db, { key, value, description, created_at: now, updated_at: now })
  const nothing: SeedFile = { levels: [], accounts: [], applications: [], remarks: [] }
  const mistakes = await mistakeOf(plantSeeds(needs, { ...nothing, levels: file.levels }))
  for (const account of file.accounts) {
    if (target && (await isThere(needs, target, account))) continue
    mistakes.push(...(await mistakeOf(plantSeeds(needs, { ...nothing, accounts: [account] }))))
  }
  for (const application of file.applications) {
    if (target && (await findApplicationByName(target, application.name))) continue
    const taken = target ? await uidTaken(target, application) : []
    mistakes.push(...taken, ...(await mistakeOf(plantSeeds(needs, { ...nothing, applications: [application] }))))
  }
  return mistakes
}

async function isThere({ config }: PlantingNeeds, target: Db, { email, role }: SeedAccount): Promise<boolean> {
  const address = email ?? (role === 'admin' ? config.values.ADMIN_EMAIL : undefined)
  return address !== undefined && (await findAnyAccount(target, normalizeEmail(address))) !== undefined
}

async function uidTaken(target: Db, { uid, place }: SeedApplication): Promise<string[]> {
  const other = uid === undefined ? undefined : await findApplication(target, uid)
  return other ? [`${place}: the uid is that of the application ${other.name}.`] : []
}

async function mistakeOf(planting: Promise<unknown>): Promise<string[]> {
  try {
    await planting
    return []
  } catch (error) {
    if (error instanceof SeedFileError) return [error.message]
    throw error
  }
}
