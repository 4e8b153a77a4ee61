import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { phoneVerified } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import type { PhoneFacts } from '../../platform/events/records.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { notify } from '../notices/notices.ts'
import { awaitsCode, isItsCode, sendCode } from './codes.ts'
import { type InternationalNumber, parsePhoneNumber } from './phone-number.ts'
import {
  countWrongCode,
  findOwner,
  findPhone,
  hasVerifiedPhone,
  insertPhones,
  listHolders,
  updatePhone,
} from './store.ts'

export { type InternationalNumber, parsePhoneNumber } from './phone-number.ts'
export { findOwner, findVerifiedNumbers, insertPhones, listPhones, openPhone, type PhoneToInsert } from './store.ts'

const errors = defineErrors('phones', {
  invalid: [400, 'Phone number is invalid'],
  taken: [400, 'Phone number already exists'],
  notFound: [404, 'Record is not found'],
  wrongCode: [404, 'Phone is not found or verification code is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault'>

/** Sends a code to a number that belongs to nobody yet. */
export async function addPhone(needs: Needs, account: Account, text: string): Promise<void> {
  const phone = numberOf(text)
  await needs.db.transaction().execute(async (tx) => {
    await lockAccount(tx, account.id)
    if (await findOwner(tx, needs.vault, phone.number)) throw errors.taken()
    await sendCode(needs, tx, account.id, phone)
  })
}

/** Sends another code to a number that was added before. */
export async function resendCode(needs: Needs, account: Account, text: string): Promise<void> {
  const phone = numberOf(text)
  await needs.db.transaction().execute(async (tx) => {
    await lockAccount(tx, account.id)
    if (await findOwner(tx, needs.vault, phone.number)) throw errors.taken()
    if (!(await findPhone(tx, needs.vault, account.id, phone.number))) throw errors.notFound()
    await sendCode(needs, tx, account.id, phone)
  })
}

/** Makes the number the account's own when the code is right. A verified number belongs to one account. */
export async function verifyPhone(needs: Needs, account: Account, text: string, code: string): Promise<void> {
  const { number } = numberOf(text)
  const wrong = errors.wrongCode()
  try {
    // A wrong code is counted, so its transaction stands and the refusal comes after it.
    const right = await needs.db.transaction().execute(async (tx) => {
      const right = await tryCode(needs, tx, account.id, number, code)
      if (!right) await audit(needs, tx, { action: 'phone.refused', account_id: account.id, refused: wrong })
      return right
    })
    if (!right) throw wrong
  } catch (error) {
    throw isUniqueViolation(error) ? errors.taken({ cause: error }) : error
  }
}

/** Adds a number that another service has verified. A unique index refuses one that is somebody else's. */
export async function addVerifiedPhone(
  needs: Omit<Needs, 'db' | 'ring'>,
  tx: Tx,
  account_id: number,
  phone: InternationalNumber,
): Promise<void> {
  const now = iso(needs.clock.now())
  const account = await lockAccount(tx, account_id)
  const row = { account_id, ...phone, validated_at: now, created_at: now, updated_at: now }
  await insertPhones(tx, needs.vault, [row])
  await announce(needs, tx, account, row)
}

/** Ids of the accounts that have the number, the one that verified it first; undefined when the text is no number. */
export async function phoneHolders(
  { db, vault }: Pick<Deps, 'db' | 'vault'>,
  text: string,
): Promise<number[] | undefined> {
  const parsed = parsePhoneNumber(text)
  return parsed && listHolders(db, vault, parsed.number)
}

async function tryCode(needs: Needs, tx: Tx, account_id: number, number: string, code: string): Promise<boolean> {
  const account = await lockAccount(tx, account_id)
  if (await findOwner(tx, needs.vault, number)) throw errors.taken()
  const phone = await findPhone(tx, needs.vault, account_id, number)
  if (!phone || !awaitsCode(needs, phone)) return false
  const now = iso(needs.clock.now())
  if (!isItsCode(needs, phone, code)) {
    await countWrongCode(tx, phone.id, now)
    return false
  }
  const earlier = await hasVerifiedPhone(tx, account_id)
  const verified = { validated_at: now, code_digest: null, updated_at: now }
  await updatePhone(tx, phone.id, verified)
  await announce(needs, tx, account, { ...phone, ...verified })
  await notify(needs, tx, account, 'phone_verified', `…${number.slice(-4)}`)
  if (earlier) await imposeHolds(needs, tx, account, 'phone_changed')
  return true
}

async function announce(needs: Omit<Needs, 'db' | 'ring'>, tx: Tx, account: Account, phone: PhoneFacts): Promise<void> {
  await needs.outbox.record(tx, account.id, eventMessage(phoneVerified(account, phone)))
  await audit(needs, tx, { action: 'phone.verified', account_id: account.id, details: { country: phone.country } })
  await setPrivateLabel(needs, tx, account.id, 'phone', 'verified')
}

function numberOf(text: string): InternationalNumber {
  const number = parsePhoneNumber(text)
  if (!number) throw errors.invalid()
  return number
}
