import type { FastifyInstance, FastifyReply } from 'fastify'
import type { Deps } from '../../deps.ts'
import { Refusal } from '../../lib/errors.ts'
import { fieldOf, type Page, sendPage } from '../../platform/http/pages.ts'
import { confirm, confirmEmailChange, freeze, passwordHints, resetPassword, unlock } from '../accounts/accounts.ts'
import { targetOf } from './leading-on.ts'
import { newsOf, passwordProblems } from './news.ts'
import { askPage, newsPage, passwordPage } from './pages.ts'

type Needs = Pick<Deps, 'db' | 'clock' | 'config' | 'passwords' | 'outbox' | 'ring' | 'vault'>

/** A link of a mail: opening it asks, and only the answer takes the token, so that no scanner of mails burns it. */
interface MailLink {
  path: string
  token: string
  ask(token: string, target?: string): Page
  /** Where people go on to afterwards, when the link names a place they may be sent to. */
  target?(asked: string): string | undefined
  /** Takes the token; resolves to the page that tells how it went. May throw a refusal. */
  take(token: string, form: unknown): Promise<Taken>
}

interface Taken {
  page: Page
  /** Whether the form has to be filled in once more. */
  again?: boolean
}

const REDIRECT = 'redirect_uri'

/** The pages that mails lead to. */
export const mailLinkRoutes =
  (deps: Needs) =>
  async (http: FastifyInstance): Promise<void> => {
    for (const link of [confirmation(deps), unlocking(deps), newPassword(deps), notMe(deps), newAddress(deps)])
      serve(http, link, deps.config.values.SECRETS_IN_URLS)
  }

/** Whoever reads without scripts may paste the link as it is. */
const tokenIn = (text: string): string => text.trim().replace(/^.*=/s, '')

function serve(http: FastifyInstance, link: MailLink, inUrls: boolean): void {
  http.get(link.path, async (request, reply) => {
    // Behind `#` it is for the page to read; one that came in the address all the same is not looked at.
    const token = inUrls ? fieldOf(request.query, link.token) : ''
    if (inUrls && token === '') return sendPage(request, reply, 400, incomplete)
    const target = link.target?.(fieldOf(request.query, REDIRECT))
    if (target !== undefined) letFormsLead(reply, target)
    return sendPage(request, reply, 200, link.ask(token, target))
  })
  http.post(link.path, async (request, reply) => {
    const token = tokenIn(fieldOf(request.body, link.token))
    if (token === '') return sendPage(request, reply, 400, incomplete)
    try {
      const { page, again = false } = await link.take(token, request.body)
      const target = link.target?.(fieldOf(request.body, REDIRECT))
      if (target !== undefined) return reply.redirect(target, 303)
      return sendPage(request, reply, again ? 422 : 200, page)
    } catch (error) {
      const news = error instanceof Refusal ? newsOf(error) : undefined
      if (!(error instanceof Refusal) || !news) throw error
      return sendPage(request, reply, error.status, newsPage(news))
    }
  })
}

/** Browsers apply `form-action` to where a form is redirected as well. */
function letFormsLead(reply: FastifyReply, target: string): void {
  const policy = String(reply.getHeader('content-security-policy') ?? '')
  const targets = `form-action 'self' ${new URL(target).origin}`
  reply.header('content-security-policy', policy.replace("form-action 'self'", targets))
}

const incomplete = newsPage({
  title: 'This link is incomplete',
  text: 'Part of it was lost on the way. Please open it from the mail once more, or copy all of it.',
})

const confirmation = (deps: Needs): MailLink => ({
  path: '/accounts/confirmation',
  token: 'confirmation_token',
  target: (asked) => targetOf(deps, asked),
  ask: (value, target) =>
    askPage(
      { title: 'Confirm your address', text: 'One press, and your account can be used.' },
      'Confirm',
      { name: 'confirmation_token', value },
      ...(target === undefined ? [] : [{ name: REDIRECT, value: target }]),
    ),
  take: async (token) => {
    await confirm(deps, token)
    return {
      page: newsPage({
        title: 'Thank you',
        text: 'Your e-mail address is confirmed. You can sign in now.',
        good: true,
        sign_in: true,
      }),
    }
  },
})

const unlocking = (deps: Needs): MailLink => ({
  path: '/accounts/unlock',
  token: 'unlock_token',
  ask: (value) =>
    askPage(
      {
        title: 'Unlock your account',
        text: 'It was locked after too many wrong passwords or codes. If that was not you, choose a new password afterwards.',
      },
      'Unlock',
      { name: 'unlock_token', value },
    ),
  take: async (token) => {
    await unlock(deps, token)
    return {
      page: newsPage({ title: 'Unlocked', text: 'You can sign in again.', good: true, sign_in: true }),
    }
  },
})

const notMe = (deps: Needs): MailLink => ({
  path: '/accounts/not_me',
  token: 'notice_token',
  ask: (value) =>
    askPage(
      {
        title: 'This was not you?',
        text: 'Then your account is frozen: everybody is signed out, and nobody signs in until you choose a new password by a mail that we send you at once.',
      },
      'Freeze my account',
      { name: 'notice_token', value },
    ),
  take: async (token) => {
    await freeze(deps, token)
    return {
      page: newsPage({
        title: 'Your account is frozen',
        text: 'We mailed you a link to choose a new password. After that, look through your API keys, passkeys and phone numbers, and remove what is not yours.',
        good: true,
        help: { href: '/forgotten-password', text: 'Ask for another mail' },
      }),
    }
  },
})

const newAddress = (deps: Needs): MailLink => ({
  path: '/accounts/email/confirmation',
  token: 'email_change_token',
  ask: (value) =>
    askPage(
      {
        title: 'Change the e-mail address?',
        text: 'Once the owners of both addresses have agreed, the account has the new one, and is signed out elsewhere. If you did not ask for it, close this page.',
      },
      'Agree',
      { name: 'email_change_token', value },
    ),
  take: async (token) => ({ page: newsPage((await confirmEmailChange(deps, token)) ? ADDRESS_CHANGED : ONE_AGREED) }),
})

const ADDRESS_CHANGED = {
  title: 'Thank you',
  text: 'The account has the new address now.',
  good: true,
  help: { href: '/account', text: 'To your account' },
}
const ONE_AGREED = {
  title: 'Thank you',
  text: 'The address is changed once the link of the other mail was followed, too.',
  good: true,
}

function newPassword(deps: Needs): MailLink {
  const hints = passwordHints(deps.config.values.BARONG_PASSWORD_POLICY)
  return {
    path: '/accounts/password/edit',
    token: 'reset_password_token',
    ask: (token) => passwordPage(token, hints),
    take: async (token, form) => {
      const password = fieldOf(form, 'password')
      if (password !== fieldOf(form, 'password_confirmation')) {
        return { page: passwordPage(token, hints, ['The two passwords are not the same.']), again: true }
      }
      try {
        await resetPassword(deps, { reset_password_token: token, password })
        return { page: newsPage(PASSWORD_CHANGED) }
      } catch (error) {
        const problems = error instanceof Refusal ? passwordProblems(error) : undefined
        if (problems === undefined) throw error
        return { page: passwordPage(token, hints, problems), again: true }
      }
    },
  }
}

const PASSWORD_CHANGED = {
  title: 'Password changed',
  text: 'You can sign in with the new one.',
  good: true,
  sign_in: true,
}
