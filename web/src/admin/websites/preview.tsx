import { useQuery } from '@tanstack/react-query'
import type { CSSProperties } from 'react'
import { paletteQuery, type SiteLink } from '../../api/websites.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  title: string
  logo: string | null
  accent: string | null
  header_background: string | null
  header_links: readonly SiteLink[]
  footer_links: readonly SiteLink[]
}

/** The sign-in page as it will look, in light and in dark; the colours are worked out and judged by the server. */
export function WebsitePreview({ accent, header_background, ...looks }: Props) {
  const { t } = useI18n()
  const { data: palette, error } = useQuery({
    ...paletteQuery(accent, header_background),
    placeholderData: (previous) => previous,
    retry: false,
  })
  return (
    <div>
      <Refused error={error} />
      <section className="previews" aria-label={t('console.website.preview')}>
        {palette &&
          (['light', 'dark'] as const).map((scheme) => (
            <Sheet
              key={scheme}
              scheme={scheme}
              {...looks}
              colors={{
                '--accent': palette.accent[scheme],
                '--accent-fill': palette.fill[scheme],
                '--header': palette.header?.background ?? 'transparent',
                '--on-header': palette.header?.text ?? 'var(--text)',
              }}
            />
          ))}
      </section>
    </div>
  )
}

interface SheetProps extends Omit<Props, 'accent' | 'header_background'> {
  scheme: 'light' | 'dark'
  colors: Record<`--${string}`, string>
}

function Sheet({ scheme, colors, title, logo, header_links, footer_links }: SheetProps) {
  const { t } = useI18n()
  const style: CSSProperties = { ...colors, colorScheme: scheme }
  return (
    <div className="site-preview" style={style}>
      <div className="site-preview-header">
        {logo && <img src={logo} alt="" />}
        <strong>{title}</strong>
        <Links links={header_links} />
      </div>
      <div className="site-preview-body">
        <p className="site-preview-title">{t('console.website.sample')}</p>
        <p>
          <span className="site-preview-link">{t('console.website.sampleLink')}</span>
        </p>
        <span className="site-preview-button">{t('console.website.sample')}</span>
      </div>
      <div className="site-preview-footer">
        <Links links={footer_links} />
      </div>
    </div>
  )
}

const Links = ({ links }: { links: readonly SiteLink[] }) =>
  links.filter(({ text }) => text.trim() !== '').map(({ text, url }) => <span key={`${text} ${url}`}>{text}</span>)
