import type { Palette } from './palette.ts'

/** Height of the logo in the header, in pixels. */
const LOGO_HEIGHT = 28

/** The style sheet of a website. Every value is a colour or a path that was made here, so nothing can break out of it. */
export const stylesOf = (palette: Palette, logo: { url: string; ratio: number } | null): string =>
  [
    `:root {
  --accent: light-dark(${palette.accent.light}, ${palette.accent.dark});
  --accent-fill: light-dark(${palette.fill.light}, ${palette.fill.dark});
}`,
    palette.header && headerStyles(palette.header),
    logo && logoStyles(logo),
    LINKS,
    '',
  ]
    .filter((part) => part !== null)
    .join('\n')

const headerStyles = ({ background, text }: { background: string; text: string }): string =>
  `.bar,
.account-header,
.site-header {
  background: ${background};
  color: ${text};
  --text: ${text};
  --quiet: ${text};
  --accent: ${text};
}

.account-header .sign-out,
.account-header .sign-out:hover {
  color: ${text};
  background: transparent;
}`

const logoStyles = ({ url, ratio }: { url: string; ratio: number }): string =>
  `.bar .brand,
.account-header .brand {
  display: inline-flex;
  align-items: center;
  gap: 10px;
}

.bar .brand::before,
.account-header .brand::before {
  content: "";
  inline-size: ${Math.round(LOGO_HEIGHT * Math.min(ratio, 6))}px;
  block-size: ${LOGO_HEIGHT}px;
  background: url("${url}") center / contain no-repeat;
}`

/** The account app has no style of its own for them. */
const LINKS = `.site-header,
.site-footer {
  display: flex;
  flex-wrap: wrap;
  gap: 4px 20px;
  padding: 12px 20px;
  font-size: 0.9375rem;
}

.site-footer {
  justify-content: center;
  padding-block-end: 24px;
}

.site-header a,
.site-footer a {
  padding-block: 4px;
  color: var(--quiet);
  text-underline-offset: 3px;
}`
