import { type Html, html, say } from '../../platform/http/html.ts'
import type { Page } from '../../platform/http/pages.ts'

/** What a page has to tell, with a sign of how it went. */
export interface News {
  title: string
  text: string
  good?: boolean
  /** Whether signing in comes next. */
  sign_in?: boolean
  /** What helps whoever cannot go on from here. */
  help?: Help
}

/** A place, and what a link to it says. */
interface Help {
  href: string
  text: string
}

/** Asks for one press of a button, which sends the token and what else is to come back. */
export const askPage = (news: News, button: string, token: Field, ...sent: readonly Field[]): Page => ({
  title: news.title,
  width: 'narrow',
  main: html`<h1>${say(news.title)}</h1>
<p class="lead">${say(news.text)}</p>
<form method="post">
${tokenField(token)}
${sent.map(({ name, value }) => html`<input type="hidden" name="${name}" value="${value}">`)}
<button type="submit">${say(button)}</button>
</form>`,
})

interface Field {
  name: string
  value: string
}

/** The token, or where a script of the page puts it, which takes it from behind the `#`; without scripts the link is pasted. */
const tokenField = ({ name, value }: Field): Html =>
  value === ''
    ? html`<label class="link-token">${say('The link of the mail')}
<input type="text" name="${name}" autocomplete="off" spellcheck="false" required maxlength="2048" dir="ltr">
</label>`
    : html`<input type="hidden" name="${name}" value="${value}">`

/** Asks for a new password twice. */
export const passwordPage = (token: string, hints: readonly string[], problems: readonly string[] = []): Page => ({
  title: 'Choose a new password',
  width: 'narrow',
  main: html`<h1>${say('Choose a new password')}</h1>
<p class="lead">${say('It replaces the old one, and signs you out everywhere.')}</p>
<form method="post">
${tokenField({ name: 'reset_password_token', value: token })}
${problems.length > 0 && html`<div class="problem" role="alert" id="problem">${problems.map((problem) => html`<p>${say(problem)}</p>`)}</div>`}
${passwordField('password', 'New password', problems.length > 0)}
${passwordField('password_confirmation', 'The same again', problems.length > 0)}
<ul class="hints">${hints.map((hint) => html`<li>${say(hint)}</li>`)}</ul>
<button type="submit">${say('Change password')}</button>
</form>`,
})

const passwordField = (name: string, label: string, invalid: boolean): Html =>
  html`<label>${say(label)}
<input type="password" name="${name}" autocomplete="new-password" required maxlength="512"${
    invalid && html` aria-invalid="true" aria-describedby="problem"`
  }>
</label>`

/** Tells how it went. */
export const newsPage = ({ title, text, good = false, sign_in = false, help }: News): Page => ({
  title,
  width: 'narrow',
  main: html`<span class="mark ${good ? 'good' : 'bad'}" aria-hidden="true">${good ? '✓' : '!'}</span>
<h1>${say(title)}</h1>
<p class="lead">${say(text)}</p>
${sign_in && html`<a class="button" href="/sign-in">${say('Sign in')}</a>`}
${help !== undefined && html`<p><a href="${help.href}">${say(help.text)}</a></p>`}`,
})
