import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors, type Refusal } from '../../lib/errors.ts'
import { accountUid } from '../../lib/ids.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import type { Config } from '../../platform/config/config.ts'
import { uniqueViolation } from '../../platform/db/db.ts'
import type { Account } from '../../platform/db/schema.ts'
import { accountCreated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { isEmail, normalizeEmail } from './email.ts'
import { inHidingTime } from './hiding.ts'
import { confirmationToken, tokenDigest, tokenMail } from './mail-tokens.ts'
import { passwordContentErrors, passwordLengthErrors, placeWords } from './password-policy.ts'
import { readerNow } from './reader.ts'
import { findAnyAccountByEmail, insertAccount } from './store.ts'

const errors = defineErrors('accounts', { invalid: [422, 'The account is invalid'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>
type Credentials = { email: string; password: string }

/** Makes a pending account and mails the confirmation link. Refuses with every reason at once. */
export async function signUp(needs: Needs, input: Credentials): Promise<void> {
  if (!needs.config.values.BARONG_HIDE_ACCOUNTS) {
    await createAccount(needs, input)
    return
  }
  const email = normalizeEmail(input.email)
  refuse(needs, email, input.password, false)
  await inHidingTime(needs, () => insertUnlessTaken(needs, email, input.password))
}

/** Signs somebody up as a back-office service asks for it, which is always told when the e-mail is taken. */
export async function createAccount(needs: Needs, input: Credentials): Promise<Account> {
  const email = normalizeEmail(input.email)
  refuse(needs, email, input.password, (await findAnyAccountByEmail(needs.db, email)) !== undefined)
  const account = await insertUnlessTaken(needs, email, input.password)
  if (account) return account
  const taken = new ModelErrors()
  taken.add('email', 'has already been taken')
  throw invalid(taken)
}

async function insertUnlessTaken(needs: Needs, email: string, password: string): Promise<Account | undefined> {
  const password_digest = await needs.passwords.hash(password)
  try {
    return await insertPending(needs, email, password_digest)
  } catch (error) {
    const columns = uniqueViolation(error)
    if (columns === undefined) throw error
    // Ten hexadecimal digits of a uid do meet once in a great while.
    return columns.includes('uid') ? insertUnlessTaken(needs, email, password) : undefined
  }
}

async function insertPending(
  { db, clock, config, outbox, ring }: Needs,
  email: string,
  password_digest: string,
): Promise<Account> {
  const uid = accountUid()
  const token = confirmationToken(ring, uid, email)
  const now = iso(clock.now())
  const { language, host } = readerNow()
  return db.transaction().execute(async (tx) => {
    const account = await insertAccount(tx, {
      uid,
      email,
      password_digest,
      role: 'member',
      state: 'pending',
      language,
      host,
      confirmation_digest: tokenDigest(ring, 'confirmation', token),
      confirmation_sent_at: now,
      created_at: now,
      updated_at: now,
    })
    await outbox.record(
      tx,
      account.id,
      eventMessage(accountCreated(account, token)),
      tokenMail({ config }, 'confirmation', email, token),
    )
    await audit({ clock }, tx, { action: 'account.created', account_id: account.id })
    return account
  })
}

/** Every reason to refuse, in the order of 1.8.26: taken, length of the password, form of the e-mail, rest of the password. */
function signUpErrors(config: Config, email: string, password: string, taken: boolean): ModelErrors {
  const policy = config.values.BARONG_PASSWORD_POLICY
  const context = { email, words: placeWords(config) }
  const found = new ModelErrors()
  if (taken) found.add('email', 'has already been taken')
  for (const part of passwordLengthErrors(policy, password)) found.add('password', part)
  if (!isEmail(email)) found.add('email', 'is invalid')
  for (const part of passwordContentErrors(policy, password, context)) found.add('password', part)
  return found
}

function refuse({ config }: Needs, email: string, password: string, taken: boolean): void {
  const found = signUpErrors(config, email, password, taken)
  if (found.any) throw invalid(found)
}

const invalid = (found: ModelErrors): Refusal =>
  errors.invalid({ body: { error: found.fullMessages() }, fields: found.byAttribute() })
