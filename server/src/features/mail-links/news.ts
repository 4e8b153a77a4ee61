import type { Refusal } from '../../lib/errors.ts'
import type { News } from './pages.ts'

const NEW_PASSWORD = { href: '/forgotten-password', text: 'Choose a new password' }
const ADDRESSES = { href: '/account/security/email', text: 'To your account' }

const REFUSED: Readonly<Record<string, News>> = {
  'accounts.confirmationTokenInvalid': {
    title: 'This link does not work',
    text: 'Open the link of the newest mail, whole and as it stands there. If it still does not work, ask for another mail.',
    help: { href: '/send-confirmation', text: 'Ask for another mail' },
  },
  'accounts.alreadyConfirmed': {
    title: 'Already confirmed',
    text: 'Your e-mail address was confirmed before. You can sign in.',
    good: true,
    sign_in: true,
  },
  'accounts.unlockTokenInvalid': {
    title: 'This link does not work any more',
    text: 'It was used already, or a newer mail replaced it. If you still cannot sign in, ask for another mail.',
    help: { href: '/send-unlock', text: 'Ask for another mail' },
  },
  'accounts.noticeTokenInvalid': {
    title: 'This link does not work any more',
    text: 'It was used already, or it is older than seven days. If you do not trust what happened, choose a new password.',
    help: NEW_PASSWORD,
  },
  'accounts.emailChangeInvalid': {
    title: 'This link does not work any more',
    text: 'It is older than a day, was replaced by a newer one, or the change was made or called off.',
    help: ADDRESSES,
  },
  'accounts.emailTaken': {
    title: 'This address is taken',
    text: 'Another account has it by now. Nothing was changed.',
    help: ADDRESSES,
  },
  'accounts.notFound': {
    title: 'This link does not work any more',
    text: 'It was used already, or a newer mail replaced it. You can ask for a new one.',
    help: { href: '/forgotten-password', text: 'Ask for another mail' },
  },
  'accounts.resetExpired': {
    title: 'This link is too old',
    text: 'Links that change a password work for six hours. Please ask for a new one.',
    help: { href: '/forgotten-password', text: 'Ask for another mail' },
  },
}

/** What a person is told of a refusal; `undefined` when it is none of those that mailed links meet. */
export const newsOf = (refusal: Refusal): News | undefined => REFUSED[refusal.code]

/** What is wrong with a password, a sentence each, when that is why it was refused. */
export const passwordProblems = ({ code, fields, message }: Refusal): readonly string[] | undefined =>
  code === 'accounts.unacceptable' ? (fields['password'] ?? [message]) : undefined
