import { TextInput } from '@mantine/core'
import { useI18n } from '../../i18n/i18n.tsx'

/** The colour that a text names, if it does. */
export const colorOf = (text: string): string | null =>
  /^#[0-9a-f]{6}$/i.test(text.trim()) ? text.trim().toLowerCase() : null

/** Whether a text is to name a colour and does not. */
export const isNoColor = (text: string): boolean => text.trim() !== '' && colorOf(text) === null

interface Props {
  label: string
  value: string
  onChange: (value: string) => void
}

/** A colour, written or picked with what the browser has for it; nothing stands for the usual one. */
export function ColorField({ label, value, onChange }: Props) {
  const { t } = useI18n()
  return (
    <TextInput
      label={label}
      placeholder={t('console.website.default')}
      dir="ltr"
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
      error={isNoColor(value) && t('console.website.noColor')}
      leftSectionPointerEvents="all"
      leftSection={
        <input
          type="color"
          className="color-well"
          aria-label={`${label}: ${t('console.website.pick')}`}
          value={colorOf(value) ?? '#808080'}
          onChange={({ currentTarget }) => onChange(currentTarget.value)}
        />
      }
    />
  )
}
