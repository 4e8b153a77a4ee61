import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { Html, html, say } from '../../platform/http/html.ts'
import { type Frame, type Page, renderPage } from '../../platform/http/pages.ts'
import type { Interaction } from './interactions.ts'
import { passkeyPlace } from './passkey-pages.ts'
import { waysIn } from './ways-in.ts'

type DeviceFlow = NonNullable<NonNullable<Configuration['features']>['deviceFlow']>
type SignOut = NonNullable<NonNullable<Configuration['features']>['rpInitiatedLogout']>

/** What a page is put into. */
type PageContext = Pick<KoaContextWithOIDC, 'type' | 'body' | 'headers' | 'method'>

/** Asks for e-mail and password. */
export const signInPage = (
  { id, application, login_hint, csrf_token }: Interaction,
  { problem, email }: { problem?: string | undefined; email?: string | undefined } = {},
): Page => ({
  title: 'Sign in',
  width: 'narrow',
  main: html`<h1>${say('Sign in')}</h1>
<p class="lead">${say('to go on to {application}', { application: application.name })}</p>
${problemOf(problem)}
<form method="post" action="/oauth/interaction/${id}/sign_in">
${csrfField(csrf_token)}
<label>${say('E-mail')}
<input type="email" name="email" value="${email ?? login_hint ?? ''}" autocomplete="username" required autofocus></label>
<label>${say('Password')}
<input type="password" name="password" autocomplete="current-password" required maxlength="512"></label>
<button type="submit">${say('Sign in')}</button>
</form>
${passkeyPlace({ api: `/api/v1/interactions/${id}`, csrf_token, text: 'Sign in with a passkey' })}
${declineForm(id, csrf_token)}
${waysIn(`?return_to=/oauth/interaction/${id}`)}`,
})

/** Asks for the code of the second factor. */
export const secondFactorPage = ({ id, csrf_token }: Interaction, problem?: string): Page => ({
  title: 'Second step',
  width: 'narrow',
  main: html`<h1>${say('Second step')}</h1>
<p class="lead">${say('Enter the code that your authenticator app shows, or one of your recovery codes.')}</p>
${problemOf(problem)}
<form method="post" action="/oauth/interaction/${id}/second_factor">
${csrfField(csrf_token)}
<label>${say('Code')}
<input type="text" name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required autofocus></label>
<button type="submit">${say('Continue')}</button>
</form>
${passkeyPlace({ api: `/api/v1/interactions/${id}`, csrf_token, text: 'Use a passkey' })}
${declineForm(id, csrf_token)}`,
})

/** Asks whether the application may do what it wants to. */
export const consentPage = (
  { id, application, scopes, signed_in_as, csrf_token }: Interaction,
  problem?: string,
): Page => ({
  title: 'Allow access',
  width: 'narrow',
  main: html`<h1>${say('Allow {application}?', { application: application.name })}</h1>
${problemOf(problem)}
<p class="lead">${say('It would like to')}</p>
<ul>${scopes.map((scope) => html`<li>${say(MEANING[scope] ?? scope)}</li>`)}</ul>
<form method="post" action="/oauth/interaction/${id}/consent">
${csrfField(csrf_token)}
<button type="submit">${say('Allow')}</button>
</form>
${declineForm(id, csrf_token)}
${signed_in_as !== null && html`<p class="small quiet">${say('You are signed in as {email}.', { email: signed_in_as })}</p>`}`,
})

/** Sends the person to the page where they do what has to be done first; that page leads back. */
export const dutyPage = ({ id, application, required_action, csrf_token }: Interaction): Page => {
  const isPassword = required_action === 'change_password'
  const place = isPassword ? 'password' : 'two-factor'
  return {
    title: 'One thing first',
    width: 'narrow',
    main: html`<h1>${say('One thing first')}</h1>
<p class="lead">${
      isPassword
        ? say('Your password was chosen by somebody else. Choose one of your own, then go on to {application}.', {
            application: application.name,
          })
        : say('Set up a second factor, which everybody needs here, then go on to {application}.', {
            application: application.name,
          })
    }</p>
<p><a class="button" href="/account/security/${place}?return_to=/oauth/interaction/${id}">${isPassword ? say('Change password') : say('Set up a second factor')}</a></p>
${declineForm(id, csrf_token)}`,
  }
}

/** Tells that something stands in the way. */
export const problemPage = (title: string, text: string): Page => ({
  title,
  width: 'narrow',
  main: html`<h1>${say(title)}</h1>
<p class="lead">${say(text)}</p>`,
})

/** The pages of the device flow (RFC 8628, section 3.3), which the engine asks for with its own form inside. */
export const devicePages = (
  frame: Frame,
): Pick<DeviceFlow, 'userCodeInputSource' | 'userCodeConfirmSource' | 'successSource'> => ({
  userCodeInputSource: async (context, form, _out, error) => {
    const wrong = error !== undefined && ('userCode' in error || error.name === 'NoCodeError')
    const problem = wrong
      ? 'No device waits with this code. Please look at it again.'
      : error && 'That did not work. Please try again.'
    send(context, frame, {
      title: 'Connect a device',
      width: 'narrow',
      main: html`<h1>${say('Connect a device')}</h1>
<p class="lead" id="wanted">${say('Enter the code that the device shows.')}</p>
${problemOf(problem)}
${new Html(withoutHandlers(form))}
<button type="submit" form="op.deviceInputForm">${say('Continue')}</button>`,
    })
  },
  userCodeConfirmSource: async (context, form, client, _device, code) =>
    send(context, frame, {
      title: 'Connect a device',
      width: 'narrow',
      main: html`<h1>${say('Is this the code on your device?')}</h1>
<p class="lead"><strong>${code}</strong></p>
<p>${say('{application} will be signed in as you. Go on only if you hold the device and started this yourself.', { application: client.clientName ?? client.clientId })}</p>
${new Html(form)}
<button type="submit" form="op.deviceConfirmForm" autofocus>${say('Connect')}</button>
<button type="submit" form="op.deviceConfirmForm" value="yes" name="abort" class="plain">${say('Cancel')}</button>`,
    }),
  successSource: async (context) =>
    send(context, frame, problemPage('Connected', 'You can return to your device now; this page can be closed.')),
})

/** The engine's form selects its text by a handler that the policy forbids, and names its field in English. */
const withoutHandlers = (form: string): string =>
  form.replace(/ placeholder="[^"]*" onfocus="[^"]*"/, ' aria-labelledby="wanted"')

/** The pages of signing out (OpenID Connect RP-Initiated Logout). */
export const signOutPages = (frame: Frame): Pick<SignOut, 'logoutSource' | 'postLogoutSuccessSource'> => ({
  logoutSource: async (context, form) =>
    send(context, frame, {
      title: 'Sign out',
      width: 'narrow',
      main: html`<h1>${say('Sign out?')}</h1>
<p class="lead">${say('You will be signed out here.')}</p>
${new Html(form)}
<button type="submit" form="op.logoutForm" value="yes" name="logout" autofocus>${say('Sign out')}</button>
<button type="submit" form="op.logoutForm" class="plain">${say('Stay signed in')}</button>`,
    }),
  postLogoutSuccessSource: async (context) => send(context, frame, problemPage('Signed out', 'You are signed out.')),
})

/** Shows the code to a person who types it into the program that wants it. */
export const codePage = (context: PageContext, frame: Frame, code: string): void =>
  send(context, frame, {
    title: 'Your code',
    width: 'narrow',
    main: html`<h1>${say('Your code')}</h1>
<p class="lead">${say('Copy it into the program that asked for it.')}</p>
<pre>${code}</pre>`,
  })

/** What a person sees of an error that cannot be told to the application. */
export const errorPage = (context: PageContext, frame: Frame, error: string, description?: string): void =>
  send(context, frame, {
    title: 'This did not work',
    width: 'narrow',
    main: html`<h1>${say('This did not work')}</h1>
<p class="lead">${say('The application sent you here with a request that cannot be answered. Please go back and try again.')}</p>
<p><code>${error}</code>${description !== undefined && html`: ${description}`}</p>`,
  })

const MEANING: Readonly<Record<string, string>> = {
  openid: 'know who you are',
  email: 'see your e-mail address',
  phone: 'see your phone number',
  address: 'see your address',
  profile: 'see your profile: name, birthday, verification level',
  'profile.write': 'change your profile',
  kyc: 'see your documents and phones',
  'kyc.write': 'hand in documents and phones for you',
  api_keys: 'manage your API keys',
  offline_access: 'stay connected when you are away',
  peatio: 'trade with your account',
  barong: 'use your account',
}

const problemOf = (problem: string | undefined): Html | false =>
  problem !== undefined && html`<p class="problem" role="alert">${say(problem)}</p>`

const declineForm = (
  id: string,
  csrf_token: string,
): Html => html`<form method="post" action="/oauth/interaction/${id}/decline">
${csrfField(csrf_token)}
<button type="submit" class="plain">${say('Cancel')}</button>
</form>`

const csrfField = (csrf_token: string): Html => html`<input type="hidden" name="csrf_token" value="${csrf_token}">`

function send(context: PageContext, frame: Frame, page: Page): void {
  context.type = 'html'
  context.body = renderPage(frame, page, context)
}
