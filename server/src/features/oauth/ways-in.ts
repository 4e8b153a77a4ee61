import { type Html, html, say } from '../../platform/http/html.ts'

/** What helps whoever cannot sign in yet; `query` tells those pages where they lead back to. */
export const waysIn = (query: string): Html =>
  html`<p><a href="/forgotten-password${query}">${say('Forgotten your password?')}</a></p>
<p>${say('New here?')} <a href="/sign-up${query}">${say('Create an account')}</a></p>
<p class="small quiet"><a href="/send-confirmation${query}">${say('No confirmation mail?')}</a> · <a href="/send-unlock${query}">${say('Account locked?')}</a></p>`
