import { randomInt } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { lockAccount } from '../../platform/db/accounts.ts'
import type { Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify } from '../notices/notices.ts'
import { hasPasskeys } from '../passkeys/passkeys.ts'
import { type CodeOutcome, consumeOtp, withCode } from './codes.ts'
import { countUnusedCodes, replaceRecoveryCodes, useRecoveryCode } from './store.ts'

const errors = defineErrors('two-factor', { codeMissing: [400, 'Code is missing, Code is empty'] })

/** Letters and digits that are not taken for one another: neither 0 and O nor 1, I and L. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const COUNT = 10
const LENGTH = 10
const GROUP = 5
const INDEX = 'recovery_codes.digest'
const SHAPE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault'>

/**
 * Makes ten codes of 49 bits each that stand in for the authenticator app at the sign-in, in place of all earlier ones. Asks
 * for a fresh code of the app where there is one. Only their keyed digests are kept (NIST SP 800-63B-4, look-up secrets).
 */
export async function makeRecoveryCodes(needs: Needs, account: Account, code: string | undefined): Promise<string[]> {
  if (account.otp_enabled_at === null && (await hasPasskeys(needs.db, account.id)))
    return needs.db.transaction().execute(async (tx) => replace(needs, tx, await lockAccount(tx, account.id)))
  if (code === undefined && account.otp_enabled_at !== null) throw errors.codeMissing()
  return withCode(needs, account, code ?? '', (tx, holder) => replace(needs, tx, holder))
}

async function replace(needs: Needs, tx: Tx, holder: Account): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, newCode)
  const digests = codes.map((text) => needs.vault.index(INDEX, subject(holder, text)))
  await replaceRecoveryCodes(tx, holder.id, digests, iso(needs.clock.now()))
  await audit(needs, tx, { action: 'recovery_codes.made', account_id: holder.id })
  await notify(needs, tx, holder, 'recovery_codes_made')
  return codes.map((text) => `${text.slice(0, GROUP)}-${text.slice(GROUP)}`)
}

/** How many of the account's codes are unused. */
export const countRecoveryCodes = ({ db }: Pick<Deps, 'db'>, { id }: Account): Promise<number> =>
  countUnusedCodes(db, id)

/**
 * Whether the code is right, be it of the authenticator app or a recovery code; it is used up then. The account must be
 * locked by the transaction.
 */
export async function consumeSecondFactor(
  needs: Omit<Needs, 'db'>,
  tx: Tx,
  account: Account,
  code: string,
): Promise<CodeOutcome> {
  const text = normalized(code)
  if (!SHAPE.test(text)) return consumeOtp(needs, tx, account, code)
  const { clock, vault } = needs
  const digest = vault.index(INDEX, subject(account, text))
  if (!(await useRecoveryCode(tx, account.id, digest, iso(clock.now())))) return 'wrong'
  await audit(needs, tx, { action: 'recovery_code.used', account_id: account.id })
  await notify(needs, tx, account, 'recovery_code_used', String(await countUnusedCodes(tx, account.id)))
  await imposeHolds(needs, tx, account, 'recovery_code_used')
  return 'right'
}

const newCode = (): string => Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

/** As a person may type it: in capitals, with or without the hyphen. */
const normalized = (code: string): string => code.replace(/[\s-]/g, '').toLowerCase()

const subject = ({ uid }: Account, code: string): string => `${uid}:${code}`
