import { createTheme, type MantineColorsTuple, mergeThemeOverrides } from '@mantine/core'

/** The one accent, light to dark. A website's theme replaces it through the tokens of `tokens.css`. */
const accent: MantineColorsTuple = [
  '#eef3ff',
  '#dbe5fd',
  '#b4c8f8',
  '#8db4ff',
  '#6690f0',
  '#4a78e6',
  '#3a6ce0',
  '#2459d3',
  '#1c48ad',
  '#153684',
]

/** How everything looks that is made of components; colours of surfaces and text stand in theme.css. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  colors: { accent },
  defaultRadius: 8,
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Noto Sans Arabic", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  spacing: { xs: '8px', sm: '12px', md: '16px', lg: '24px', xl: '32px' },
  headings: { fontWeight: '680', sizes: { h1: { fontSize: '1.75rem' }, h2: { fontSize: '1.25rem' } } },
  respectReducedMotion: true,
  cursorType: 'pointer',
})

const roomyInput = { defaultProps: { size: 'md', withAsterisk: false } }

/** The same with room for thumbs, for pages that are visited rarely and on phones. */
export const roomyTheme = mergeThemeOverrides(
  theme,
  createTheme({
    components: {
      Button: { defaultProps: { size: 'md' } },
      TextInput: roomyInput,
      PasswordInput: roomyInput,
      NativeSelect: roomyInput,
      Select: roomyInput,
    },
  }),
)
