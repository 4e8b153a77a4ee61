import type { Deps } from '../../deps.ts'
import type { BrowserCookies } from './browser-sign-in.ts'
import { cookieHeader, cookieName, readCookie } from './cookies.ts'
import type { NewCookie } from './signed-in.ts'

type Needs = Pick<Deps, 'config'>

/** What a browser brings to be known by, of a request with these headers. */
export const cookiesOf = (
  { config }: Needs,
  { headers }: { headers: { cookie?: string | undefined } },
): BrowserCookies => ({
  session: readCookie(headers.cookie, cookieName(config, 'session')),
  pending: readCookie(headers.cookie, cookieName(config, 'pending')),
})

/** What takes the header that has a browser keep a cookie. */
interface Reply {
  header(name: string, value: string): unknown
}

/** Has the browser keep a cookie; without one, forget it. */
export function setCookie(
  { config }: Needs,
  reply: Reply,
  name: 'session' | 'pending',
  { value, lifetime }: NewCookie = { value: '', lifetime: 0 },
): void {
  reply.header('set-cookie', cookieHeader(config, cookieName(config, name), value, lifetime))
}
