import type { Row } from '../../platform/db/schema.ts'
import { type Html, html } from '../../platform/http/html.ts'
import type { Page } from '../../platform/http/pages.ts'

type Message = Row<'mailbox_messages'>

const REFRESH = 5

/** The last messages, newest first; it reads itself again. */
export const mailboxPage = (messages: readonly Message[], to: string | undefined): Page => ({
  title: 'Mailbox',
  width: 'wide',
  refresh: REFRESH,
  main: html`<div class="stack">
<h1>Mailbox</h1>
<p class="lead">Mails and text messages of this development server stay here instead of being sent.</p>
</div>
${to !== undefined && html`<p>Only those to <strong>${to}</strong>. <a href="/mailbox">Show all</a></p>`}
${messages.length === 0 ? empty : html`<ul class="list">${messages.map(item)}</ul>`}
<p class="small quiet">This page reads itself again every ${REFRESH} seconds. Scripts read
<a href="/mailbox/messages"><code>/mailbox/messages?to=…</code></a>.</p>`,
})

const empty = html`<p class="card quiet">Nothing yet. Sign somebody up, and the mail that confirms the address will lie here.</p>`

const item = ({ message_id, channel, recipient, subject, text, created_at }: Message): Html =>
  html`<li><a class="item" href="/mailbox/${message_id}">
<span class="row"><strong>${channel === 'sms' ? text : subject}</strong>${timeOf(created_at)}</span>
<span class="quiet">${channel === 'sms' ? 'SMS' : 'Mail'} to ${recipient}</span>
</a></li>`

/** One message; a mail's markup stands in a frame that may do nothing but open links. */
export const messagePage = ({
  message_id,
  channel,
  recipient,
  subject,
  text,
  html: markup,
  created_at,
}: Message): Page => ({
  title: channel === 'sms' ? 'SMS' : subject,
  width: 'wide',
  main: html`<p><a href="/mailbox">← Mailbox</a></p>
<h1>${channel === 'sms' ? 'SMS' : subject}</h1>
<dl class="facts">
<dt>To</dt><dd><a href="/mailbox?to=${encodeURIComponent(recipient)}">${recipient}</a></dd>
<dt>Sent</dt><dd>${timeOf(created_at)}</dd>
</dl>
${markup === '' ? html`<pre class="wrap">${text}</pre>` : mailFrame(message_id, text)}`,
})

const mailFrame = (message_id: string, text: string): Html =>
  html`<iframe class="mail" title="The mail as its reader sees it" src="/mailbox/${message_id}/html"
 sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>
<details><summary>As plain text</summary>
<pre class="wrap">${text}</pre></details>`

/** The mail's own markup, whose links open in a tab of their own. */
export const framed = (markup: string): string =>
  markup.includes('<head>')
    ? markup.replace('<head>', '<head><base target="_blank">')
    : `<base target="_blank">${markup}`

const timeOf = (created_at: string): Html =>
  html`<time class="small quiet" datetime="${created_at}">${created_at.slice(0, 19).replace('T', ' ')} UTC</time>`
