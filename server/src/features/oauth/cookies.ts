import type { Deps } from '../../deps.ts'

type Needs = Deps['config']

/** Name of a cookie; the prefix makes browsers insist on Secure and on this very host (RFC 6265bis, section 4.1.3.2). */
export const cookieName = (config: Needs, name: 'session' | 'interaction' | 'browser' | 'pending'): string =>
  `${isSecure(config) ? '__Host-' : ''}barong_${name}`

/** Out of reach for scripts and for requests other sites make, save for following a link. The values are random: signing them would add nothing. */
export const cookieOptions = (config: Needs) =>
  ({ httpOnly: true, sameSite: 'lax', secure: isSecure(config), path: '/', signed: false, overwrite: true }) as const

/** A cookie of a request by its name. */
export const readCookie = (header: string | undefined, name: string): string | undefined =>
  header
    ?.split(/; */)
    .find((pair) => pair.startsWith(`${name}=`))
    ?.slice(name.length + 1)

/** The header that sets a cookie for that many seconds; none removes it. */
export const cookieHeader = (config: Needs, name: string, value: string, lifetime: number): string =>
  `${name}=${value}; path=/; max-age=${lifetime}; samesite=lax${isSecure(config) ? '; secure' : ''}; httponly`

const isSecure = ({ url }: Needs): boolean => url.startsWith('https://')
