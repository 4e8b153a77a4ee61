import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import { isUniqueViolation, type Tx } from '../../platform/db/db.ts'
import type { Account, AccountFacts, Phone } from '../../platform/db/schema.ts'
import { phoneVerified } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import type { PhoneFacts } from '../../platform/events/records.ts'
import { type Asking, inHidingTime, lockCaller } from '../accounts/accounts.ts'
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
export {
  findOwner,
  findVerifiedNumbers,
  insertPhones,
  listLatestPhones,
  listPhones,
  openPhone,
  type PhoneToInsert,
} from './store.ts'

const errors = defineErrors('phones', {
  invalid: [400, 'Phone number is invalid'],
  taken: [400, 'Phone number already exists'],
  notFound: [404, 'Record is not found'],
  wrongCode: [404, 'Phone is not found or verification code is invalid'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault'>

/** Sends a code to a number that belongs to nobody yet. */
export const addPhone = (needs: Needs, account: AccountFacts, text: string): Promise<void> =>
  inHidingTime(needs, () => askForCode(needs, account, numberOf(text), { known: false }))

/** Sends another code to a number that was added before. */
export const resendCode = (needs: Needs, account: AccountFacts, text: string): Promise<void> =>
  inHidingTime(needs, () => askForCode(needs, account, numberOf(text), { known: true }))

async function askForCode(
  needs: Needs,
  { id }: Pick<Account, 'id'>,
  phone: InternationalNumber,
  { known }: { known: boolean },
): Promise<void> {
  await needs.db.transaction().execute(async (tx) => {
    await lockAccount(tx, id)
    const own = await findPhone(tx, needs.vault, id, phone.number)
    const taken = (await findOwner(tx, needs.vault, phone.number)) !== undefined
    if (taken && isTold(needs, own)) throw errors.taken()
    if (known && !own) throw errors.notFound()
    await sendCode(needs, tx, id, phone, { silent: taken })
  })
}

/** Whether it is told that a number is somebody's: always to themselves, to others where accounts are not hidden. */
const isTold = ({ config }: Needs, own: Pick<Phone, 'validated_at'> | undefined): boolean =>
  !config.values.BARONG_HIDE_ACCOUNTS || (own !== undefined && own.validated_at !== null)

/** Makes the number the account's own when the code is right. A verified number belongs to one account. */
export async function verifyPhone(needs: Needs, caller: Asking, text: string, code: string): Promise<void> {
  const { number } = numberOf(text)
  const wrong = errors.wrongCode()
  try {
    // A wrong code is counted, so its transaction stands and the refusal comes after it.
    const right = await needs.db.transaction().execute(async (tx) => {
      const account = await lockCaller(tx, caller)
      const right = await tryCode(needs, tx, account, number, code)
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

async function tryCode(needs: Needs, tx: Tx, account: AccountFacts, number: string, code: string): Promise<boolean> {
  const phone = await findPhone(tx, needs.vault, account.id, number)
  if (isTold(needs, phone) && (await findOwner(tx, needs.vault, number))) throw errors.taken()
  if (!phone || !awaitsCode(needs, phone)) return false
  const now = iso(needs.clock.now())
  if (!isItsCode(needs, phone, code)) {
    await countWrongCode(tx, phone.id, now)
    return false
  }
  const earlier = await hasVerifiedPhone(tx, account.id)
  const verified = { validated_at: now, code_digest: null, updated_at: now }
  await updatePhone(tx, phone.id, verified)
  await announce(needs, tx, account, { ...phone, ...verified })
  await notify(needs, tx, account, 'phone_verified', `…${number.slice(-4)}`)
  if (earlier) await imposeHolds(needs, tx, account, 'phone_changed')
  return true
}

async function announce(
  needs: Omit<Needs, 'db' | 'ring'>,
  tx: Tx,
  account: AccountFacts,
  phone: PhoneFacts,
): Promise<void> {
  await needs.outbox.record(tx, account.id, eventMessage(phoneVerified(account, phone)))
  await audit(needs, tx, { action: 'phone.verified', account_id: account.id, details: { country: phone.country } })
  await setPrivateLabel(needs, tx, account.id, 'phone', 'verified')
}

function numberOf(text: string): InternationalNumber {
  const number = parsePhoneNumber(text)
  if (!number) throw errors.invalid()
  return number
}
