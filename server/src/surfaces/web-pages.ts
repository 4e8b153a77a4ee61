import manifest from '../../package.json' with { type: 'json' }
import type { Config } from '../platform/config/config.ts'
import type { Application } from '../platform/db/schema.ts'
import { type Html, html, say } from '../platform/http/html.ts'
import type { Page } from '../platform/http/pages.ts'

/** What runs here, for people and for scripts. */
export interface ServerDescription {
  name: string
  version: string
  environment: 'development' | 'production'
  url: string
  /** The application made first; only in development. */
  application_id?: string
}

/** Says what runs here; in production nothing that helps a stranger. */
export const describeServer = (config: Config, application?: Application): ServerDescription => ({
  name: config.values.APP_NAME,
  version: manifest.version,
  environment: config.values.BARONG_ENV,
  url: config.url,
  ...(application ? { application_id: application.uid } : {}),
})

/** The front page. */
export const homePage = ({ name, version, environment, url, application_id }: ServerDescription): Page => ({
  title: 'Welcome',
  width: 'wide',
  main: html`<div class="stack">
<h1>${name} is running</h1>
<p class="lead">People sign up here, prove who they are and protect their accounts; applications get signed tokens that say how far each of them is verified.</p>
</div>
<ul class="list">
${link('/account', 'Your account', 'What somebody who signed up sees: their level, papers and security')}
${environment === 'development' && link('/admin', 'Console', 'For those who run this service: accounts, reviews, applications, events')}
${link('/docs', 'API reference', 'Every operation with its parameters and answers')}
${environment === 'development' && link('/mailbox', 'Mailbox', 'Mails and text messages this server would have sent')}
${link('/api/v1/swagger_doc', 'OpenAPI document', 'The same reference for programs (OpenAPI 3.1)')}
${link('/oauth/discovery/keys', 'Public keys', 'What verifies the tokens (JWK Set)')}
${link('/health/ready', 'Health', 'Whether the database answers and is up to date')}
</ul>
${application_id !== undefined && firstSteps(url, application_id)}
<p class="small quiet">Version ${version}, ${environment}</p>`,
})

const link = (href: string, title: string, text: string): Html =>
  html`<li><a class="item" href="${href}"><strong>${title}</strong><span class="quiet">${text}</span></a></li>`

const firstSteps = (url: string, application_id: string): Html => html`<section class="stack">
<h2>First steps</h2>
<p>Sign up, open the link in the mailbox, and sign in:</p>
<pre>curl ${url}/api/v1/accounts \\
  -d email=you@example.com -d password='a river at dawn'

curl ${url}/api/v1/sessions \\
  -d email=you@example.com -d password='a river at dawn' \\
  -d application_id=${application_id}</pre>
</section>`

/** One sentence, and the id that support needs to find the request. */
export const messagePage = (text: string, request_id: string): Page => ({
  title: text,
  width: 'narrow',
  main: html`<span class="mark bad" aria-hidden="true">!</span>
<h1>${say(text)}</h1>
<p class="lead">${say('Check the address, or go back to the {start}.', { start: html`<a href="/">${say('start page')}</a>` })}</p>
<p class="small quiet">${say('Request {id}', { id: html`<code>${request_id}</code>` })}</p>`,
})
