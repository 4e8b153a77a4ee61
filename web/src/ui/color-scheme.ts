import { isMantineColorScheme, type MantineColorSchemeManager } from '@mantine/core'
import { setCookie } from './cookie.ts'

/** Keeps the chosen colour scheme in a cookie, so that the server's first bytes are already in it. */
export const cookieColorScheme: MantineColorSchemeManager = {
  get: (fallback) => {
    const value = /(?:^|; )barong_scheme=(\w+)/.exec(document.cookie)?.[1]
    return isMantineColorScheme(value) ? value : fallback
  },
  set: (value) => setCookie('barong_scheme', value),
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => setCookie('barong_scheme', 'auto'),
}
