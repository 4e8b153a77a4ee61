import { useI18n } from '../../i18n/i18n.tsx'

/** How many there are of each, with a bar as long as its share of the most. */
export function Counts({ items }: { items: readonly { name: string; value: number }[] }) {
  const { language } = useI18n()
  const most = Math.max(1, ...items.map(({ value }) => value))
  return (
    <dl className="counts">
      {items.map(({ name, value }) => (
        <div key={name} className="one">
          <dt>{name}</dt>
          <dd>
            <span className="share" style={{ inlineSize: `${(75 * value) / most}%` }} />
            {value.toLocaleString(language)}
          </dd>
        </div>
      ))}
    </dl>
  )
}
