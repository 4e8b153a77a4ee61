/** What a place for a passkey says of itself; see `passkeyPlace` of the server. */
interface Place {
  api: string
  next: string
  csrfToken: string
}

/** Offers to sign in by a passkey, where the browser knows how to. */
export function offerPasskey(element: HTMLElement): void {
  const button = element.querySelector('button')
  if (!button || !canAsk()) return
  element.hidden = false
  button.addEventListener('click', async () => {
    button.setAttribute('aria-busy', 'true')
    button.disabled = true
    const next = await signIn(placeOf(element)).catch(() => undefined)
    if (next !== undefined) return location.assign(next)
    button.removeAttribute('aria-busy')
    button.disabled = false
    for (const problem of element.querySelectorAll<HTMLElement>('.problem')) problem.hidden = false
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
async function signIn(place: Place): Promise<string | undefined> {
  const options = await post(place, 'passkey_options', {})
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = await navigator.credentials.get({ publicKey })
  if (!(credential instanceof PublicKeyCredential)) return undefined
  const { redirect_to } = await post(place, 'passkey', { credential: credential.toJSON() })
  return typeof redirect_to === 'string' ? redirect_to : place.next
}

async function post({ api, csrfToken }: Place, step: string, body: object) {
  const response = await fetch(`${api}/${step}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-csrf-token': csrfToken },
    body: JSON.stringify(body),
  })
  if (!response.ok) throw new Error(`${step} was answered ${response.status}`)
  return response.json()
}
