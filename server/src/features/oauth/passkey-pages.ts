import { type Html, html, say } from '../../platform/http/html.ts'

/** Where a page asks a passkey, and where it goes on. */
interface Place {
  /** The API below which are `passkey_options` and `passkey`. */
  api: string
  /** Where the browser goes on, unless the API says so. */
  next?: string
  csrf_token?: string
  /** What the button says. */
  text: string
}

/** A button that a script brings to life where the browser knows passkeys; without it the form beside it does. */
export const passkeyPlace = ({ api, next = '', csrf_token = '', text }: Place): Html =>
  html`<div class="passkey" hidden data-api="${api}" data-next="${next}" data-csrf-token="${csrf_token}">
<p class="problem" role="alert" hidden>${say('The passkey was not accepted. Please try again, or go on without it.')}</p>
<button type="button" class="plain">${say(text)}</button>
</div>`
