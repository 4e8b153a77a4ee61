import { useI18n } from '../../i18n/i18n.tsx'

/** How long ago, with the exact moment and its zone when one points at it. */
export function Ago({ at }: { at: string }) {
  const { ago, exactly } = useI18n()
  return (
    <time dateTime={at} title={exactly(at)}>
      {ago(at)}
    </time>
  )
}
