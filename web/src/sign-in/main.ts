// Improves the server's own pages, which work without it.
import { isOfConsole } from './onward.ts'
import { offerPasskey } from './passkeys.ts'

const YEAR = 365 * 24 * 60 * 60

/** The pressed button says that its form is on its way; pressed again, it sends nothing more. */
function sendOnce(form: HTMLFormElement): void {
  let sent = false
  form.addEventListener('submit', (event) => {
    if (sent) event.preventDefault()
    sent = true
    event.submitter?.setAttribute('aria-busy', 'true')
  })
  // A page that comes back from the browser's cache may be sent anew.
  window.addEventListener('pageshow', () => {
    sent = false
    for (const button of form.querySelectorAll('[aria-busy]')) button.removeAttribute('aria-busy')
  })
}

/** A code of six digits sends itself; recovery codes are longer and do not. */
function sendWhenWhole(input: HTMLInputElement): void {
  input.addEventListener('input', () => {
    if (/^\d{6}$/.test(input.value.trim())) input.form?.requestSubmit()
  })
}

/** Speaks another language from now on. */
function offerLanguages(footer: HTMLElement): void {
  footer.hidden = false
  for (const button of footer.querySelectorAll<HTMLButtonElement>('[data-language]')) {
    button.addEventListener('click', () => {
      // As the app names it, so that no other host can have set it (RFC 6265bis, section 4.1.3.2).
      const [prefix, secure] = location.protocol === 'https:' ? ['__Host-', '; secure'] : ['', '']
      const language = button.dataset['language']
      document.cookie = `${prefix}barong_language=${language}; path=/; max-age=${YEAR}; samesite=lax${secure}`
      location.reload()
    })
  }
}

/** The token of a mailed link stands behind the `#`, which no server is sent; the address bar and the history forget it. */
function takeToken(label: HTMLElement): void {
  const input = label.querySelector('input')
  const token = new URLSearchParams(location.hash.slice(1)).get(input?.name ?? '')
  if (!input || token === null) return
  input.value = token
  label.hidden = true
  history.replaceState(history.state, '', location.pathname + location.search)
}

const takeTokens = (): void => document.querySelectorAll<HTMLElement>('.link-token').forEach(takeToken)

/** A newer link that is opened in the same tab differs behind the `#` alone, for which browsers load nothing. */
function takeNewerTokens(): void {
  takeTokens()
  const { pathname, search, hash } = location
  // What is left is for a page that is past asking; another address, by a character, has it asked for anew.
  if (/^#\w+_token=/.test(hash)) location.replace(`${pathname}${search}${search === '' ? '?' : '&'}${hash}`)
}

/** What stands behind the `#` goes along to the console: browsers add it to where an answer sends them on (RFC 9110, 10.2.2). */
function keepFragment(form: HTMLFormElement): void {
  const place = form.querySelector<HTMLInputElement>('[name=return_to]')
  const action = form.getAttribute('action')
  if (place && action !== null && isOfConsole(place.value)) form.setAttribute('action', `${action}${location.hash}`)
}

takeTokens()
window.addEventListener('hashchange', takeNewerTokens)
for (const form of document.forms) {
  keepFragment(form)
  if (form.method === 'post') sendOnce(form)
}
for (const input of document.querySelectorAll<HTMLInputElement>('input.one-time-code')) sendWhenWhole(input)
for (const footer of document.querySelectorAll<HTMLElement>('.languages')) offerLanguages(footer)
for (const element of document.querySelectorAll<HTMLElement>('.passkey')) offerPasskey(element)
document.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
