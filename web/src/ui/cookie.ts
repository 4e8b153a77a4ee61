const YEAR = 365 * 24 * 60 * 60

/** Over TLS the name says that no other host can have set it (RFC 6265bis, section 4.1.3.2). */
const prefix = (): string => (location.protocol === 'https:' ? '__Host-' : '')

/** Remembers how the person wants pages to look; the server reads it, too. */
export function setCookie(name: string, value: string): void {
  document.cookie = `${prefix()}${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`
}

/** What was remembered. */
export const cookieOf = (name: string): string | undefined =>
  document.cookie
    .split('; ')
    .find((pair) => pair.startsWith(`${prefix()}${name}=`))
    ?.split('=')[1]
