const YEAR = 365 * 24 * 60 * 60

/** Remembers how the person wants pages to look; the server reads it, too. */
export function setCookie(name: string, value: string): void {
  document.cookie = `${name}=${value}; path=/; max-age=${YEAR}; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`
}
