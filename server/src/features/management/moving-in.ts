import type { Deps } from '../../deps.ts'
import { defineErrors, Refusal } from '../../lib/errors.ts'
import { isObject } from '../../lib/json.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { type Tx, uniqueViolation } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { insertMovedAccount, isBcryptHash, isEmail, normalizeEmail } from '../accounts/accounts.ts'
import { addVerifiedPhone, type InternationalNumber, parsePhoneNumber } from '../phones/phones.ts'
import { recordProfile } from '../profiles/profiles.ts'
import type { NewProfile } from '../profiles/schema.ts'
import type { MovedAccount } from './schema.ts'

const errors = defineErrors('management', {
  noHash: [422, 'Password Hash is missing, Password Hash is empty'],
  invalid: [422, 'The account is invalid'],
  exists: [422, 'Account already exists by this email'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'vault'>

/** Takes over a person with password hash, verified phone and profile: all of it, or nothing and the reasons. */
export async function moveAccountIn(needs: Needs, input: MovedAccount): Promise<Account> {
  const password_digest = input.password_hash ?? input.password_digest
  if (password_digest === undefined) throw errors.noHash()
  const email = normalizeEmail(input.email)
  const phone = input.phone === undefined ? undefined : parsePhoneNumber(input.phone)
  const profile = completeProfile(input)
  const mistakes = new ModelErrors()
  if (!isEmail(email)) mistakes.add('email', 'is invalid')
  if (!isBcryptHash(password_digest)) mistakes.add('password_hash', 'is invalid')
  if (input.phone !== undefined && !phone) mistakes.add('number', 'is invalid')
  if (mistakes.any) throw errors.invalid({ body: { error: mistakes.fullMessages() } })
  return insert(needs, { email, password_digest }, phone, profile)
}

async function insert(
  needs: Needs,
  credentials: Pick<Account, 'email' | 'password_digest'>,
  phone: InternationalNumber | undefined,
  profile: NewProfile | undefined,
): Promise<Account> {
  try {
    return await needs.db.transaction().execute(async (tx) => {
      const account = await insertMovedAccount(needs, tx, credentials)
      if (phone) await addVerifiedPhone(needs, tx, account.id, phone)
      if (profile) await recordMovedProfile(needs, tx, account, profile)
      return lockAccount(tx, account.id)
    })
  } catch (error) {
    const columns = uniqueViolation(error)
    if (columns === undefined) throw error
    if (columns.includes('number')) throw errors.invalid({ body: { error: ['Phone number already exists'] } })
    // Ten hexadecimal digits of a uid do meet once in a great while.
    if (columns.includes('uid')) return insert(needs, credentials, phone, profile)
    throw errors.exists({ cause: error })
  }
}

async function recordMovedProfile(needs: Needs, tx: Tx, account: Account, profile: NewProfile): Promise<void> {
  try {
    await recordProfile(needs, tx, account, profile)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const reason = isObject(error.body) ? error.body['error'] : error.message
    throw errors.invalid({ body: { error: [reason] }, cause: error })
  }
}

/** The profile, when all that belongs to one is there. */
function completeProfile(input: MovedAccount): NewProfile | undefined {
  const { first_name, last_name, dob, address, postcode, city, country, metadata } = input
  if (!first_name || !last_name || !dob || !address || !postcode || !city || !country) return undefined
  const profile = { first_name, last_name, dob, address, postcode, city, country }
  return metadata === undefined ? profile : { ...profile, metadata }
}
