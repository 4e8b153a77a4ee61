import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  items: readonly { name: string; value: number }[]
  label: string
  /** What is said of all of them, where it is not their sum. */
  summary?: string
}

const WIDTH = 320
const HEIGHT = 96

/** A bar for each item; each tells its name and value when one points at it, and to screen readers. */
export function Bars({ items, label, summary }: Props) {
  const { language } = useI18n()
  const most = Math.max(1, ...items.map(({ value }) => value))
  const said = summary ?? items.reduce((sum, { value }) => sum + value, 0).toLocaleString(language)
  const width = WIDTH / Math.max(1, items.length)
  return (
    <figure className="bars">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${label}: ${said}`}>
        {items.map(({ name, value }, index) => {
          const height = value === 0 ? 1 : Math.max(2, (value / most) * HEIGHT)
          return (
            <rect
              key={name}
              x={index * width + 1}
              y={HEIGHT - height}
              width={Math.max(1, width - 2)}
              height={height}
              rx={2}
            >
              <title>{`${name}: ${value.toLocaleString(language)}`}</title>
            </rect>
          )
        })}
      </svg>
      <figcaption>
        <span>{items[0]?.name}</span>
        <strong>{said}</strong>
        <span>{items.at(-1)?.name}</span>
      </figcaption>
    </figure>
  )
}
