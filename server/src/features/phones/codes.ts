import type { Deps } from '../../deps.ts'
import { DAY, iso, MINUTE, parseIso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { digits } from '../../lib/ids.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Phone } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'
import type { InternationalNumber } from './phone-number.ts'
import { deleteStalePhones, findPhone, insertPhones, listCodeSends, lockNumber, updatePhone } from './store.ts'

const CODE_LENGTH = 6
const CODE_LIFETIME = 10 * MINUTE
const MAX_ATTEMPTS = 5

const WINDOW = DAY
const MAX_SENDS_TO_NUMBER = 12
const MAX_SENDS_OF_ACCOUNT = 30
/** Unverified numbers an account may have. No more than it may send codes in a day, so that there is always one to give up. */
const MAX_PENDING = MAX_SENDS_OF_ACCOUNT

const errors = defineErrors('phones', {
  tooManyCodes: [429, 'Too many codes were sent, please try again later'],
})

type Needs = Pick<Deps, 'clock' | 'outbox' | 'ring' | 'vault'>

/**
 * Sends a new code to the account's number, which replaces the one before; remembers the number when it is new. The
 * account must be locked by the transaction. With `silent` all is done but the sending.
 */
export async function sendCode(
  needs: Needs,
  tx: Tx,
  account_id: number,
  { number, country }: InternationalNumber,
  { silent = false }: { silent?: boolean } = {},
): Promise<void> {
  const { clock, outbox, ring, vault } = needs
  await lockNumber(tx, number)
  await refuseTooMany(needs, tx, account_id, number)
  const now = iso(clock.now())
  const since = iso(clock.now() - WINDOW)
  const code = digits(CODE_LENGTH)
  const phone = await findPhone(tx, vault, account_id, number)
  const earlier: string[] = phone ? JSON.parse(phone.code_sends) : []
  const sent = {
    code_digest: ring.digest(PURPOSE, textOf(account_id, number, code)),
    code_sent_at: now,
    code_attempts: 0,
    code_sends: JSON.stringify([...earlier.filter((instant) => instant > since), now]),
    updated_at: now,
  }
  if (phone) await updatePhone(tx, phone.id, sent)
  else {
    await deleteStalePhones(tx, account_id, MAX_PENDING - 1, since)
    await insertPhones(tx, vault, [{ account_id, number, country, created_at: now, ...sent }])
  }
  const sms = { channel: 'sms', template: 'phone_code', to: `+${number}`, variables: { code } } as const
  if (!silent) await outbox.record(tx, account_id, sms)
  await audit(needs, tx, { action: 'phone.code_sent', account_id, details: { country } })
}

/** Whether the phone waits for a code that is neither too old nor was tried too often. */
export const awaitsCode = ({ clock }: Pick<Deps, 'clock'>, phone: Phone): boolean =>
  phone.validated_at === null &&
  phone.code_digest !== null &&
  phone.code_sent_at !== null &&
  clock.now() - parseIso(phone.code_sent_at) < CODE_LIFETIME &&
  phone.code_attempts < MAX_ATTEMPTS

/** Whether it is the code that was sent last to this phone. */
export const isItsCode = ({ ring }: Pick<Deps, 'ring'>, phone: Phone, code: string): boolean =>
  ring.recognises(PURPOSE, textOf(phone.account_id, phone.number, code), phone.code_digest ?? '')

/** Six digits are guessed from a plain digest in no time; the key is what protects them. */
const PURPOSE = 'phone-code'
const textOf = (account_id: number, number: string, code: string): string => `${account_id}:${number}:${code}`

async function refuseTooMany({ clock, vault }: Needs, tx: Tx, account_id: number, number: string): Promise<void> {
  const since = iso(clock.now() - WINDOW)
  const blocking = [
    (await listCodeSends(tx, vault, { number }, since)).at(-MAX_SENDS_TO_NUMBER),
    (await listCodeSends(tx, vault, { account_id }, since)).at(-MAX_SENDS_OF_ACCOUNT),
  ].filter((instant) => instant !== undefined)
  if (blocking.length === 0) return
  const free = Math.max(...blocking.map(parseIso)) + WINDOW
  throw errors.tooManyCodes({ headers: { 'retry-after': String(Math.ceil((free - clock.now()) / 1000)) } })
}
