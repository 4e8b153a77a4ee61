import { useI18n } from '../../i18n/i18n.tsx'

/** A colour beside its name. */
export function Swatch({ color }: { color: string | null }) {
  const { t } = useI18n()
  if (color === null) return t('console.website.default')
  return (
    <span className="swatch">
      <span aria-hidden="true" style={{ background: color }} />
      <code>{color}</code>
    </span>
  )
}
