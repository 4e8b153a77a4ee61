import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { Refusal } from '../../lib/errors.ts'
import { urlToken } from '../../lib/ids.ts'
import { isObject } from '../../lib/json.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import {
  createConfirmedAccount,
  findAnyAccount,
  normalizeEmail,
  passwordErrors,
  placeWords,
} from '../accounts/accounts.ts'
import { createApplication, findApplicationByName, redirectUriError } from '../applications/applications.ts'
import { insertLevel, listLevels, setPrivateLabel } from '../labels/labels.ts'
import { addVerifiedPhone, parsePhoneNumber } from '../phones/phones.ts'
import { recordProfile } from '../profiles/profiles.ts'
import { type SeedAccount, type SeedApplication, type SeedFile, SeedFileError, type SeedLevel } from './seed-file.ts'

/** What planting takes. */
export type PlantingNeeds = Pick<Deps, 'db' | 'clock' | 'config' | 'log' | 'outbox' | 'passwords' | 'ring' | 'vault'>

/** What was made; its secrets are shown this once. */
export interface Planted {
  accounts: { email: string; password: string; level: number }[]
  applications: { name: string; redirect_uri: string; uid: string; secret: string | undefined }[]
}

/**
 * Makes what is missing of levels, accounts and applications, in this order, and leaves alone what is there. Several
 * processes may do it at once: each thing is made by one of them.
 */
export async function plantSeeds(
  needs: PlantingNeeds,
  { levels, accounts, applications, remarks }: SeedFile,
): Promise<Planted> {
  for (const remark of remarks) needs.log.warn(remark)
  await plantLevels(needs, levels)
  const planted: Planted = { accounts: [], applications: [] }
  for (const account of accounts) {
    const made = await plantAccount(needs, account)
    if (made) planted.accounts.push(made)
  }
  for (const application of applications) {
    const made = await plantApplication(needs, application)
    if (made) planted.applications.push(made)
  }
  return planted
}

async function plantLevels({ db, clock }: PlantingNeeds, levels: readonly SeedLevel[]): Promise<void> {
  const now = iso(clock.now())
  for (const level of levels) await insertLevel(db, { ...level, created_at: now, updated_at: now })
}

async function plantAccount(needs: PlantingNeeds, seed: SeedAccount): Promise<Planted['accounts'][number] | undefined> {
  const email = emailOf(needs, seed)
  if (await findAnyAccount(needs.db, email)) return undefined
  const { password, lasting } = passwordOf(needs, seed, email)
  const wanted = { email, password, lasting, role: seed.role, state: seed.state }
  const labels = await labelsOf(needs, seed)
  const follow = (tx: Tx, account: Account) => vouch(needs, tx, account, seed, labels)
  try {
    const { level } = await createConfirmedAccount(needs, wanted, { anyPassword: true, follow })
    needs.log.info({ role: seed.role }, 'An account was seeded')
    return { email, password, level }
  } catch (error) {
    if (error instanceof Refusal && error.code === 'accounts.emailTaken') return undefined
    throw located(seed.place, error)
  }
}

/** All that is true of the account because the operator says so. */
async function vouch(
  needs: PlantingNeeds,
  tx: Tx,
  account: Account,
  { phone, profile, place }: SeedAccount,
  labels: readonly SeedLabel[],
): Promise<void> {
  if (phone !== undefined) {
    const number = parsePhoneNumber(phone)
    if (!number) throw new SeedFileError(`${place}: phone.number is not an international phone number.`)
    await addVerifiedPhone(needs, tx, account.id, number)
  }
  if (profile) await recordProfile(needs, tx, account, profile)
  for (const { key, value } of labels) await setPrivateLabel(needs, tx, account.id, key, value)
}

type SeedLabel = Pick<SeedLevel, 'key' | 'value'>

/** The labels that make up the level. */
async function labelsOf({ db }: PlantingNeeds, { level = 0, place }: SeedAccount): Promise<SeedLabel[]> {
  const levels = await listLevels(db)
  if (level > levels.length) {
    throw new SeedFileError(`${place}: level is ${level}, but there are only ${levels.length} levels.`)
  }
  return levels.slice(0, level)
}

function emailOf({ config }: PlantingNeeds, { email, role, place }: SeedAccount): string {
  if (email !== undefined) return normalizeEmail(email)
  if (role === 'admin') return normalizeEmail(config.values.ADMIN_EMAIL)
  throw new SeedFileError(`${place}: email is missing; only an administrator's may be left to ADMIN_EMAIL.`)
}

/**
 * The password given, that of ADMIN_PASSWORD, or a random one, and whether it may stay. One that was made up here may not, and
 * in production none of those that stand in a file or the environment. Outside of production a weak one is only remarked upon.
 */
function passwordOf(
  { config, log }: PlantingNeeds,
  { password, place }: SeedAccount,
  email: string,
): { password: string; lasting: boolean } {
  const { ADMIN_EMAIL, ADMIN_PASSWORD, BARONG_PASSWORD_POLICY } = config.values
  const given = password ?? (email === normalizeEmail(ADMIN_EMAIL) ? ADMIN_PASSWORD : undefined)
  if (given === undefined) return { password: urlToken(15), lasting: false }
  const [problem] = passwordErrors(BARONG_PASSWORD_POLICY, given, { email, words: placeWords(config) })
  if (problem === undefined) return { password: given, lasting: !config.production }
  if (config.production) throw new SeedFileError(`${place}: password ${problem}.`)
  log.warn(`${place}: password ${problem}; production would refuse it.`)
  return { password: given, lasting: true }
}

async function plantApplication(
  needs: PlantingNeeds,
  { place, redirect_uri, ...seed }: SeedApplication,
): Promise<Planted['applications'][number] | undefined> {
  const { db, config, log } = needs
  if (await findApplicationByName(db, seed.name)) return undefined
  const uris = (redirect_uri ?? config.url).trim()
  for (const uri of uris.split(/\s+/)) {
    const wrong = redirectUriError(uri, false)
    if (wrong !== undefined) throw new SeedFileError(`${place}: redirect_uri ${wrong}`)
    const unsafe = redirectUriError(uri, config.production)
    if (unsafe === undefined) continue
    log.warn(`${place}: the application ${seed.name} is left out, because in production its redirect_uri ${unsafe}`)
    return undefined
  }
  try {
    const { application, secret } = await createApplication(needs, {
      ...seed,
      seeded: true,
      redirect_uri: uris.replaceAll(/\s+/g, '\n'),
    })
    log.info({ application: application.name }, 'An application was seeded')
    return { name: application.name, redirect_uri: application.redirect_uri, uid: application.uid, secret }
  } catch (error) {
    // Another process was faster; or else the uid is another application's.
    if (error instanceof Refusal && (await findApplicationByName(db, seed.name))) return undefined
    throw located(place, error)
  }
}

/** A refusal as a mistake of the file. */
function located(place: string, error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  const text = isObject(error.body) && typeof error.body['error'] === 'string' ? error.body['error'] : error.message
  return new SeedFileError(`${place}: ${text.replace(/\.$/, '')}.`, { cause: error })
}
