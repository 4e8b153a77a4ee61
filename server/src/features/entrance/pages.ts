import { type Html, html, say } from '../../platform/http/html.ts'
import type { Page } from '../../platform/http/pages.ts'
import { passkeyPlace, waysIn } from '../oauth/oauth.ts'
import type { Fault } from './form-routes.ts'
import { handingOn, returnTo, signInFrom } from './return-to.ts'

/** What was typed, and what is wrong with it. */
export interface Attempt {
  email?: string
  return_to?: string
  faults?: readonly Fault[]
}

/** Asks for e-mail and password. */
export const signInPage = ({ email = '', return_to = '', faults = [] }: Attempt, signedOut = false): Page => ({
  title: 'Sign in',
  width: 'narrow',
  main: html`<h1>${say('Sign in')}</h1>
${signedOut && html`<p class="lead" role="status">${say('You are signed out.')}</p>`}
${problemsOf(about(faults, 'rest'))}
<form method="post" action="/sign-in">
<input type="hidden" name="return_to" value="${return_to}">
${emailField(email, faults, 'username')}
${passwordField(faults, 'current-password')}
<button type="submit">${say('Sign in')}</button>
</form>
${passkeyPlace({ api: '/api/v1/browser_session', next: returnTo(return_to), text: 'Sign in with a passkey' })}
${waysIn(handingOn('', return_to))}`,
})

/** Asks for the code of the second factor. */
export const secondFactorPage = (return_to: string, faults: readonly Fault[] = []): Page => ({
  title: 'Second step',
  width: 'narrow',
  main: html`<h1>${say('Second step')}</h1>
<p class="lead">${say('Enter the code that your authenticator app shows, or one of your recovery codes.')}</p>
${problemsOf(faults)}
<form method="post" action="/sign-in/second-factor">
<input type="hidden" name="return_to" value="${return_to}">
<label>${say('Code')}
<input type="text" name="code" class="one-time-code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required autofocus${faulty(faults)}></label>
<button type="submit">${say('Continue')}</button>
</form>
${passkeyPlace({ api: '/api/v1/browser_session', next: returnTo(return_to), text: 'Use a passkey' })}
<p><a href="/sign-in">${say('Sign in as somebody else')}</a></p>`,
})

/** Asks for what a new account needs. */
export const signUpPage = (hints: readonly string[], { email = '', return_to = '', faults = [] }: Attempt): Page => ({
  title: 'Create an account',
  width: 'narrow',
  main: html`<h1>${say('Create an account')}</h1>
${problemsOf(about(faults, 'rest'))}
<form method="post" action="/sign-up">
${onward(return_to)}
${emailField(email, faults, 'email')}
${passwordField(faults, 'new-password', 'hints')}
<ul class="hints" id="hints">${hints.map((hint) => html`<li>${say(hint)}</li>`)}</ul>
<button type="submit">${say('Create account')}</button>
</form>
<p>${say('You have an account?')} <a href="${signInFrom(return_to)}">${say('Sign in')}</a></p>`,
})

/** What a mail is asked for with. */
export interface MailRequest {
  path: string
  title: string
  text: string
  button: string
}

/** Asks for the address that a mail is to go to. */
export const mailPage = (
  { path, title, text, button }: MailRequest,
  { email = '', return_to = '', faults = [] }: Attempt,
): Page => ({
  title,
  width: 'narrow',
  main: html`<h1>${say(title)}</h1>
<p class="lead">${say(text)}</p>
${problemsOf(about(faults, 'rest'))}
<form method="post" action="${path}">
${onward(return_to)}
${emailField(email, faults, 'username')}
<button type="submit">${say(button)}</button>
</form>
<p><a href="${signInFrom(return_to)}">${say('Back to sign-in')}</a></p>`,
})

const onward = (return_to: string): Html | false =>
  return_to !== '' && html`<input type="hidden" name="return_to" value="${returnTo(return_to)}">`

/** A mail is on its way; `again` is where it is asked for once more, by one press. */
export const sentPage = (email: string, again: string, return_to: string): Page => ({
  title: 'Look into your mail',
  width: 'narrow',
  main: html`<span class="mark good" aria-hidden="true">✓</span>
<h1>${say('Look into your mail')}</h1>
<p class="lead">${say('If all is well, a mail to {email} is on its way. Open the link in it.', { email })}</p>
<p>${say('Nothing there after some minutes? Look among unwanted mail, too.')}</p>
<form method="post" action="${again}">
${onward(return_to)}
<input type="hidden" name="email" value="${email}">
<button type="submit" class="plain">${say('Send the mail again')}</button>
</form>
<p><a href="${signInFrom(return_to)}">${say('Back to sign-in')}</a></p>`,
})

const emailField = (email: string, faults: readonly Fault[], autocomplete: string): Html =>
  html`<label>${say('E-mail')}
<input type="email" name="email" value="${email}" autocomplete="${autocomplete}" required${email === '' && html` autofocus`}${described(faults, 'email')}></label>
${faultOf(faults, 'email')}`

const passwordField = (faults: readonly Fault[], autocomplete: string, hints?: string): Html =>
  html`<label>${say('Password')}
<input type="password" name="password" autocomplete="${autocomplete}" required maxlength="512"${described(faults, 'password', hints)}></label>
${faultOf(faults, 'password')}`

/** Marks a field that is wrong, and says where the reason stands: beside it, or above all of them where it is about several. */
function described(faults: readonly Fault[], field: 'email' | 'password', hints?: string): Html {
  const isFaulty = about(faults, field).length > 0
  const isAmong = about(faults, 'rest').length > 0
  const places = [isFaulty && `${field}-fault`, isAmong && 'problem', hints].filter(
    (place) => typeof place === 'string',
  )
  return html`${(isFaulty || isAmong) && html` aria-invalid="true"`}${
    places.length > 0 && html` aria-describedby="${places.join(' ')}"`
  }`
}

/** What is wrong with one field, or with no single one. */
const about = (faults: readonly Fault[], part: 'email' | 'password' | 'rest'): Fault[] =>
  faults.filter(({ field }) => (field === 'email' || field === 'password' ? field : 'rest') === part)

const faultOf = (faults: readonly Fault[], field: 'email' | 'password'): Html | false => {
  const own = about(faults, field)
  return own.length > 0 && html`<p class="fault" id="${field}-fault">${own.map(({ text }) => html`${say(text)} `)}</p>`
}

const faulty = (faults: readonly Fault[]): Html | false =>
  faults.length > 0 && html` aria-invalid="true" aria-errormessage="problem"`

const problemsOf = (faults: readonly Fault[]): Html | false =>
  faults.length > 0 &&
  html`<div class="problem" role="alert" id="problem">${faults.map(({ text }) => html`<p>${say(text)}${helpWith(text)}</p>`)}</div>`

/** What whoever is refused may do about it, by what the refusal says. */
const HELP: Readonly<Record<string, { href: string; text: string }>> = {
  'You have to confirm your email address before continuing': {
    href: '/send-confirmation',
    text: 'Send the mail again',
  },
  'Your account was locked!': { href: '/forgotten-password', text: 'Choose a new password' },
  'Email was not locked': { href: '/forgotten-password', text: 'Choose a new password' },
  'Email was already confirmed, please try signing in': { href: '/sign-in', text: 'Sign in' },
}

function helpWith(text: string): Html | false {
  const help = HELP[text]
  return help !== undefined && html` <a href="${help.href}">${say(help.text)}</a>`
}
