import { DirectionProvider, MantineProvider, type MantineThemeOverride } from '@mantine/core'
import type { ReactNode } from 'react'
import { cookieColorScheme } from './color-scheme.ts'

/** The page's nonce, which the policy asks of every style element. */
const pageNonce = (): string => document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? ''

interface Props {
  dir: 'ltr' | 'rtl'
  theme: MantineThemeOverride
  children: ReactNode
}

/** Components inside have the theme, the chosen colour scheme and the page's direction. */
export const UiProvider = ({ dir, theme, children }: Props) => (
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
