import type { Deps } from '../../deps.ts'
import { iso } from '../../lib/clock.ts'
import { defineErrors } from '../../lib/errors.ts'
import { actAs } from '../../platform/acting/acting.ts'
import type { Account } from '../../platform/db/schema.ts'
import { updateAccount } from '../../platform/events/account-changes.ts'
import { accountUpdated } from '../../platform/events/catalogue.ts'
import { eventMessage } from '../../platform/events/outbox.ts'
import { audit } from '../audit/audit.ts'
import { setPrivateLabel } from '../labels/labels.ts'
import { normalizeEmail } from './email.ts'
import { inHidingTime } from './hiding.ts'
import { isWithinBudget } from './mail-budget.ts'
import { confirmationToken, tokenDigest, tokenDigests, tokenMail } from './mail-tokens.ts'
import { lockAccountByDigest, lockAccountByEmail } from './store.ts'

const errors = defineErrors('accounts', {
  confirmationTokenInvalid: [422, 'Confirmation token is invalid'],
  alreadyConfirmed: [422, 'Email was already confirmed, please try signing in'],
  emailNotFound: [422, 'Email not found'],
})

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'outbox' | 'ring' | 'vault'>
type Asking = Needs & Pick<Deps, 'limits'>

/** Takes the mailed token: the account becomes active and rises to the level of a verified e-mail. */
export async function confirm(needs: Needs, token: string): Promise<void> {
  const { db, ring, clock } = needs
  await db.transaction().execute(async (tx) => {
    const account = await lockAccountByDigest(tx, 'confirmation_digest', tokenDigests(ring, 'confirmation', token))
    if (!account) throw errors.confirmationTokenInvalid()
    if (account.confirmed_at !== null) throw errors.alreadyConfirmed()
    const state = account.state === 'pending' ? 'active' : account.state
    await updateAccount(needs, tx, account, { confirmed_at: iso(clock.now()), state })
    actAs('person', account.id)
    await audit(needs, tx, { action: 'account.confirmed', account_id: account.id })
    await setPrivateLabel(needs, tx, account.id, 'email', 'verified')
  })
}

/** Mails the confirmation link once more, with the token of the first mail. */
export const resendConfirmation = (needs: Asking, input: string): Promise<void> =>
  inHidingTime(needs, () => resend(needs, input))

/** The same for somebody who wanted to sign in and must not be told why that failed. */
export const remindToConfirm = (needs: Asking, { email }: Pick<Account, 'email'>): Promise<void> => resend(needs, email)

async function resend(needs: Asking, input: string): Promise<void> {
  const { db, ring, clock, config, outbox } = needs
  const hidden = config.values.BARONG_HIDE_ACCOUNTS
  const email = normalizeEmail(input)
  const within = await isWithinBudget(needs, 'confirmation', email)
  await db.transaction().execute(async (tx) => {
    const account = await lockAccountByEmail(tx, email)
    if (!account && !hidden) throw errors.emailNotFound()
    if (!account) return
    if (account.confirmed_at !== null && !hidden) throw errors.alreadyConfirmed()
    // The links that were mailed stay good until the e-mail is confirmed.
    if (account.confirmed_at !== null || !within) return
    const token = confirmationToken(ring, account.uid, account.email)
    const confirmation_digest = tokenDigest(ring, 'confirmation', token)
    // As in 1.8.26 the event comes, and the time stays that of the first mail with this token.
    if (confirmation_digest === account.confirmation_digest)
      await outbox.record(tx, account.id, eventMessage(accountUpdated(account, account)))
    // Under a newer master key the token is another one than in the first mail.
    else await updateAccount(needs, tx, account, { confirmation_digest, confirmation_sent_at: iso(clock.now()) })
    await outbox.record(tx, account.id, tokenMail(needs, 'confirmation', account.email, token))
    await audit(needs, tx, { action: 'account.confirmation_requested', account_id: account.id })
  })
}
