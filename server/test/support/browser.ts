import assert from 'node:assert/strict'

/** A page or redirect as a browser sees it. */
export interface Visit {
  url: string
  status: number
  headers: Headers
  text: string
  forms: Form[]
}

/** A form of a page, without what was typed. */
export interface Form {
  action: string
  method: string
  fields: Record<string, string>
}

interface Cookie {
  name: string
  value: string
  path: string
}

/** A person's browser without scripts: keeps cookies of one server, and stops before it leaves that server. */
export interface Browser {
  /** Opens an address and follows redirects; the last visit's `url` is where it stopped. */
  open(url: string, init?: RequestInit): Promise<Visit>
  /** One request, without following where it leads to. */
  request(url: string, init?: RequestInit): Promise<Visit>
  /** Fills in and sends the form of a page whose action ends with `action`. */
  submit(visit: Visit, action: string, typed?: Record<string, string>): Promise<Visit>
  /** The value of a cookie for the whole server. */
  cookie(name: string): string | undefined
  /** Puts a cookie there, as somebody else might have done. */
  plant(name: string, value: string): void
}

/** `origin` is the server's; addresses elsewhere are recorded and not fetched. */
export function aBrowser(origin: string): Browser {
  const cookies = new Map<string, Cookie>()
  const request = async (url: string, init: RequestInit = {}): Promise<Visit> => {
    const { pathname } = new URL(url)
    const sent = [...cookies.values()].filter(({ path }) => isBelow(pathname, path))
    const headers = new Headers({ accept: 'text/html', ...Object.fromEntries(new Headers(init.headers)) })
    if (sent.length > 0) headers.set('cookie', sent.map(({ name, value }) => `${name}=${value}`).join('; '))
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) keep(cookies, line)
    const text = await response.text()
    return { url, status: response.status, headers: response.headers, text, forms: formsOf(text, url) }
  }
  const open = async (url: string, init?: RequestInit): Promise<Visit> => {
    let visit = await request(url, init)
    for (let hops = 0; visit.status >= 300 && visit.status < 400; hops += 1) {
      assert.ok(hops < 15, 'too many redirects')
      const target = new URL(visit.headers.get('location') ?? '', visit.url).href
      if (!target.startsWith(`${origin}/`)) return { ...visit, url: target }
      visit = await request(target)
    }
    return visit
  }
  const submit = (visit: Visit, action: string, typed: Record<string, string> = {}): Promise<Visit> => {
    const form = visit.forms.find((candidate) => candidate.action.endsWith(action))
    assert.ok(form, `no form leads to ${action} on:\n${visit.text}`)
    const body = new URLSearchParams({ ...form.fields, ...typed })
    return open(form.action, {
      method: 'POST',
      body,
      headers: { 'sec-fetch-site': 'same-origin', origin },
    })
  }
  const cookie = (name: string) => cookies.get(keyOf(name, '/'))?.value
  const plant = (name: string, value: string) => void cookies.set(keyOf(name, '/'), { name, value, path: '/' })
  return { open, request, submit, cookie, plant }
}

const isBelow = (path: string, top: string): boolean => path === top || path.startsWith(top.replace(/\/?$/, '/'))

/** Cookies of one name and several paths are several cookies (RFC 6265, section 5.3). */
const keyOf = (name: string, path: string): string => `${name} ${path}`

function keep(cookies: Map<string, Cookie>, line: string): void {
  const [pair = '', ...attributes] = line.split(/; */)
  const [name = '', ...rest] = pair.split('=')
  const attribute = (wanted: string) =>
    attributes.find((text) => text.toLowerCase().startsWith(`${wanted}=`))?.slice(wanted.length + 1)
  const expires = attribute('expires')
  const path = attribute('path') ?? '/'
  const value = rest.join('=')
  if (value === '' || (expires !== undefined && Date.parse(expires) <= Date.now())) cookies.delete(keyOf(name, path))
  else cookies.set(keyOf(name, path), { name, value, path })
}

function formsOf(text: string, url: string): Form[] {
  return [...text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].map(([, tag = '', inside = '']) => ({
    action: new URL(attributeOf(tag, 'action') ?? url, url).href,
    method: attributeOf(tag, 'method') ?? 'get',
    fields: Object.fromEntries(
      [...inside.matchAll(/<input([^>]*)>/g)].flatMap(([, input = '']) => {
        const name = attributeOf(input, 'name')
        return name === undefined ? [] : [[name, attributeOf(input, 'value') ?? '']]
      }),
    ),
  }))
}

function attributeOf(tag: string, name: string): string | undefined {
  const value = new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1]
  return value?.replaceAll('&amp;', '&').replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<')
}
