import { isMantineColorScheme, type MantineColorSchemeManager } from '@mantine/core'
import { cookieOf, setCookie } from './cookie.ts'

/** Keeps the chosen colour scheme in a cookie, so that the server's first bytes are already in it. */
export const cookieColorScheme: MantineColorSchemeManager = {
  get: (fallback) => {
    const value = cookieOf('barong_scheme')
    return isMantineColorScheme(value) ? value : fallback
  },
  set: (value) => setCookie('barong_scheme', value),
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => setCookie('barong_scheme', 'auto'),
}
