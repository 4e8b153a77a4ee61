import { isOfConsole } from './onward.ts'
import { say } from './texts.ts'

/** What a place for a passkey says of itself; see `passkeyPlace` of the server. */
interface Place {
  api: string
  next: string
  csrfToken: string
}

/** The server did not take what it was sent. */
class Refusal extends Error {}

/** Offers to sign in by a passkey, where the browser knows how to. */
export function offerPasskey(element: HTMLElement): void {
  const button = element.querySelector('button')
  const problem = element.querySelector<HTMLElement>('.problem')
  if (!button || !problem || !canAsk()) return
  const refused = problem.textContent
  const setBusy = (isBusy: boolean): void => {
    button.disabled = isBusy
    if (isBusy) button.setAttribute('aria-busy', 'true')
    else button.removeAttribute('aria-busy')
  }
  element.hidden = false
  // A page that comes back from the browser's cache may be used anew.
  window.addEventListener('pageshow', () => setBusy(false))
  button.addEventListener('click', async () => {
    // What is hidden and shown again is read out again.
    problem.hidden = true
    setBusy(true)
    try {
      const onward = await signIn(placeOf(element))
      location.assign(isOfConsole(onward) ? `${onward}${location.hash}` : onward)
    } catch (error) {
      problem.textContent =
        error instanceof Refusal ? refused : say(error instanceof DOMException ? 'unused' : 'failed')
      problem.hidden = false
      setBusy(false)
    }
  })
}

const canAsk = (): boolean =>
  'PublicKeyCredential' in window && 'parseRequestOptionsFromJSON' in window.PublicKeyCredential

const placeOf = ({ dataset }: HTMLElement): Place => ({
  api: dataset['api'] ?? '',
  next: dataset['next'] ?? '',
  csrfToken: dataset['csrfToken'] ?? '',
})

/** Asks for a passkey, hands in what it signed, and returns where to go on. */
async function signIn(place: Place): Promise<string> {
  const options = await post(place, 'passkey_options', {})
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = await navigator.credentials.get({ publicKey })
  if (!(credential instanceof PublicKeyCredential)) throw new DOMException('There is no credential', 'NotAllowedError')
  const { redirect_to } = await post(place, 'passkey', { credential: credential.toJSON() })
  return typeof redirect_to === 'string' ? redirect_to : place.next
}

async function post({ api, csrfToken }: Place, step: string, body: object) {
  const response = await fetch(`${api}/${step}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify(body),
  })
  if (response.ok) return response.json()
  const message = `${step} was answered ${response.status}`
  // Too many requests (RFC 6585, section 4) say nothing about the passkey.
  throw response.status < 500 && response.status !== 429 ? new Refusal(message) : new Error(message)
}
