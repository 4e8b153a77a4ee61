import { Group, NativeSelect, useMantineColorScheme } from '@mantine/core'
import { speak, useI18n } from '../i18n/i18n.tsx'
import { isLanguage, LANGUAGES } from '../i18n/language.ts'

const SCHEMES = ['auto', 'light', 'dark'] as const

/** Choices of how pages look and speak, remembered in this browser. */
export function Preferences() {
  const { t, language } = useI18n()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  return (
    <Group gap={12}>
      <NativeSelect
        size="xs"
        aria-label={t('preferences.language')}
        value={language}
        onChange={({ currentTarget: { value } }) => isLanguage(value) && speak(value)}
        data={Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))}
      />
      <NativeSelect
        size="xs"
        aria-label={t('preferences.scheme')}
        value={colorScheme}
        onChange={({ currentTarget: { value } }) =>
          setColorScheme(SCHEMES.find((scheme) => scheme === value) ?? 'auto')
        }
        data={SCHEMES.map((value) => ({ value, label: t(`preferences.scheme.${value}`) }))}
      />
    </Group>
  )
}
