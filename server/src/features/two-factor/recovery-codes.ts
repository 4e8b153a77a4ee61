import { randomInt } from 'node:crypto'
import type { Deps } from '../../deps.ts'
import { iso, stopped } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { urlToken } from '../../lib/ids.ts'
import type { Db, Tx } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import type { Caller } from '../../platform/http/caller.ts'
import { lockCaller } from '../accounts/accounts.ts'
import { audit } from '../audit/audit.ts'
import { imposeHolds } from '../holds/holds.ts'
import { notify } from '../notices/notices.ts'
import { hasPasskeys } from '../passkeys/passkeys.ts'
import { type CodeOutcome, consumeOtp, spentCode, withCode } from './codes.ts'
import {
  countUnusedCodes,
  countUnusedCodesOf,
  recoveryCodeSalts,
  replaceRecoveryCodes,
  useRecoveryCode,
} from './store.ts'

const errors = defineErrors('two-factor', {
  codeMissing: [400, 'Code is missing, Code is empty'],
  notEnabled: [400, '2FA has not been enabled for this account'],
})

/** Letters and digits that are not taken for one another: neither 0 and O nor 1, I and L. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'
const COUNT = 10
const LENGTH = 10
const GROUP = 5
const SALT_BYTES = 16
const INDEX = 'recovery_codes.digest'
const SHAPE = new RegExp(`^[${ALPHABET}]{${LENGTH}}$`)

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'passwords' | 'ring' | 'vault' | 'limits'>
type Reading = Pick<Deps, 'db' | 'passwords' | 'vault'>

/**
 * Makes ten codes of 49 bits each that stand in for the authenticator app at the sign-in, in place of all earlier ones. Asks
 * for a fresh code of the app where there is one. They are kept as passwords are (NIST SP 800-63B-4, look-up secrets), and
 * keyed besides.
 */
export async function makeRecoveryCodes(needs: Needs, caller: Caller, code: string | undefined): Promise<string[]> {
  const { account } = caller
  const hasApp = account.otp_enabled_at !== null
  if (code === undefined && hasApp) throw errors.codeMissing()
  const made = await newCodes(needs, account)
  // Hashing took its time: what was there before may be gone, and what was not may be there.
  const put = (tx: Tx, holder: Account) => replace(needs, tx, holder, made)
  if (!hasApp && (await hasPasskeys(needs.db, account.id)))
    await needs.db.transaction().execute(async (tx) => {
      const holder = await lockCaller(tx, caller)
      if (holder.otp_enabled_at !== null) throw errors.codeMissing()
      if (!(await hasPasskeys(tx, holder.id))) throw errors.notEnabled()
      await put(tx, holder)
    })
  else await withCode(needs, caller, code ?? '', put, spentCode())
  return made.texts.map((text) => `${text.slice(0, GROUP)}-${text.slice(GROUP)}`)
}

interface NewCodes {
  texts: string[]
  digests: string[]
  salt: string
}

/** Codes and what is kept of them, made before the account is locked: hashing takes its time. */
async function newCodes(needs: Needs, account: Pick<Account, 'uid'>): Promise<NewCodes> {
  const texts = Array.from({ length: COUNT }, newCode)
  const salt = urlToken(SALT_BYTES)
  const digests = await Promise.all(texts.map((text) => saltedDigest(needs, account, text, salt)))
  return { texts, digests, salt }
}

async function replace(needs: Needs, tx: Tx, holder: Account, { digests, salt }: NewCodes): Promise<void> {
  // The link of the mail voids codes that are not older than itself.
  const clock = stopped(needs.clock)
  await replaceRecoveryCodes(tx, holder.id, { digests, salt, created_at: iso(clock.now()) })
  await audit(needs, tx, { action: 'recovery_codes.made', account_id: holder.id })
  await notify({ ...needs, clock }, tx, holder, 'recovery_codes_made')
}

/** How many of the account's codes are unused. */
export const countRecoveryCodes = ({ db }: Pick<Deps, 'db'>, { id }: Pick<Account, 'id'>): Promise<number> =>
  countUnusedCodes(db, id)

/** How many unused codes each of these accounts has; who has none is not in it. */
export const countRecoveryCodesOf = (db: Db, accounts: readonly Pick<Account, 'id'>[]): Promise<Map<number, number>> =>
  countUnusedCodesOf(
    db,
    accounts.map(({ id }) => id),
  )

/** A code as somebody showed it; `digests`: what it is kept as where it is a recovery code, else none. */
export interface ShownCode {
  text: string
  digests: readonly string[]
}

/** Hashes a code that looks like a recovery code, before the transaction that uses it up. */
export async function readCode(needs: Reading, account: Pick<Account, 'id' | 'uid'>, text: string): Promise<ShownCode> {
  const code = normalized(text)
  if (!SHAPE.test(code)) return { text, digests: [] }
  const salts = await recoveryCodeSalts(needs.db, account.id)
  const digests = await Promise.all(
    salts.map((salt) =>
      salt === null ? needs.vault.index(INDEX, subject(account, code)) : saltedDigest(needs, account, code, salt),
    ),
  )
  // One that is kept nowhere is still a recovery code, and a wrong one.
  return { text, digests: digests.length > 0 ? digests : [''] }
}

/**
 * Whether the code is right, be it of the authenticator app or a recovery code; it is used up then. The account must be
 * locked by the transaction.
 */
export async function consumeSecondFactor(
  needs: Omit<Needs, 'db' | 'passwords' | 'limits'>,
  tx: Tx,
  account: Account,
  { text, digests }: ShownCode,
): Promise<CodeOutcome> {
  if (digests.length === 0) return consumeOtp(needs, tx, account, text)
  if (!(await useRecoveryCode(tx, account.id, digests, iso(needs.clock.now())))) return 'wrong'
  await audit(needs, tx, { action: 'recovery_code.used', account_id: account.id })
  await notify(needs, tx, account, 'recovery_code_used', String(await countUnusedCodes(tx, account.id)))
  await imposeHolds(needs, tx, account, 'recovery_code_used')
  return 'right'
}

/** Keyed besides, so that whoever has the database and not the master key has nothing to guess at. */
const saltedDigest = async (
  { passwords, vault }: Omit<Reading, 'db'>,
  account: Pick<Account, 'uid'>,
  code: string,
  salt: string,
): Promise<string> => vault.index(INDEX, subject(account, await passwords.derive(code, salt)))

const newCode = (): string => Array.from({ length: LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')

/** As a person may type it: in capitals, with or without the hyphen. */
const normalized = (code: string): string => code.replace(/[\s-]/g, '').toLowerCase()

const subject = ({ uid }: Pick<Account, 'uid'>, code: string): string => `${uid}:${code}`
