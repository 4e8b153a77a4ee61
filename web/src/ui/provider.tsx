import { DirectionProvider, MantineProvider } from '@mantine/core'
import type { ReactNode } from 'react'
import { cookieColorScheme } from './color-scheme.ts'
import { theme } from './theme.ts'

/** The page's nonce, which the policy asks of every style element. */
const pageNonce = (): string => document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

/** Components inside have the theme, the chosen colour scheme and the page's direction. */
export const UiProvider = ({ dir, children }: { dir: 'ltr' | 'rtl'; children: ReactNode }) => (
  <DirectionProvider initialDirection={dir} detectDirection={false}>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={cookieColorScheme}
      getStyleNonce={pageNonce}
    >
      {children}
    </MantineProvider>
  </DirectionProvider>
)
