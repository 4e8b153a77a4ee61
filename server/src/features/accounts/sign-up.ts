import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { accountUid } from '../../lib/ids.ts'
import { ModelErrors } from '../../lib/sentences.ts'
import { uniqueViolation } from '../../platform/db/db.ts'
import { accountCreated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { isEmail, normalizeEmail } from './email.ts'
import { confirmationToken, tokenDigest, tokenMail } from './mail-tokens.ts'
import { type PasswordPolicy, passwordContentErrors, passwordLengthErrors } from './password-policy.ts'
import { findAnyAccountByEmail, insertAccount } from './store.ts'

const errors = defineErrors('accounts', { invalid: [422, 'The account is invalid'] })

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring'>

/** Makes a pending account and mails the confirmation link. Refuses with every reason at once. */
export async function signUp(needs: Needs, input: { email: string; password: string }): Promise<void> {
  const { db, config, passwords } = needs
  const email = normalizeEmail(input.email)
  const taken = (await findAnyAccountByEmail(db, email)) !== undefined
  const hidden = config.values.BARONG_HIDE_ACCOUNTS
  refuse(signUpErrors(config.values.BARONG_PASSWORD_POLICY, email, input.password, taken && !hidden))
  const password_digest = await passwords.hash(input.password)
  if (taken) return
  try {
    await insertPending(needs, email, password_digest)
  } catch (error) {
    const columns = uniqueViolation(error)
    if (columns === undefined) throw error
    // Ten hexadecimal digits of a uid do meet once in a great while.
    if (columns.includes('uid')) return signUp(needs, input)
    if (!hidden) refuse(signUpErrors(config.values.BARONG_PASSWORD_POLICY, email, input.password, true))
  }
}

async function insertPending({ db, clock, config, outbox, ring }: Needs, email: string, password_digest: string) {
  const uid = accountUid()
  const token = confirmationToken(ring, uid, email)
  const now = iso(clock.now())
  await db.transaction().execute(async (tx) => {
    const account = await insertAccount(tx, {
      uid,
      email,
      password_digest,
      role: 'member',
      state: 'pending',
      confirmation_digest: tokenDigest(ring, 'confirmation', token),
      confirmation_sent_at: now,
      created_at: now,
      updated_at: now,
    })
    await outbox.record(
      tx,
      account.id,
      eventMessage(accountCreated(account)),
      tokenMail({ config }, 'confirmation', email, token),
    )
  })
}

/** Every reason to refuse, in the order of 1.8.26: taken, length of the password, form of the e-mail, rest of the password. */
function signUpErrors(policy: PasswordPolicy, email: string, password: string, taken: boolean): ModelErrors {
  const found = new ModelErrors()
  if (taken) found.add('email', 'has already been taken')
  for (const part of passwordLengthErrors(policy, password)) found.add('password', part)
  if (!isEmail(email)) found.add('email', 'is invalid')
  for (const part of passwordContentErrors(policy, password, { email })) found.add('password', part)
  return found
}

function refuse(found: ModelErrors): void {
  if (found.any) throw errors.invalid({ body: { error: found.fullMessages() } })
}
