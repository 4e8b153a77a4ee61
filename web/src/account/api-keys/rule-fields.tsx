import { Stack, TextInput } from '@mantine/core'
import { useI18n } from '../../i18n/i18n.tsx'

/** What the owner says of a key; empty is no rule. */
export interface Rules {
  scopes: string
  allowed_networks: string
  /** YYYY-MM-DD. */
  last_day: string
  rate: string
}

export const NO_RULES: Rules = { scopes: 'trade', allowed_networks: '', last_day: '', rate: '' }

/** By which field the server's sentences are sorted. */
export const RULE_NAMES = {
  scopes: /scope/i,
  allowed_networks: /allowed networks/i,
  last_day: /expires at/i,
  rate: /^rate/i,
}

/** The end of the last day as the server takes it; undefined where there is no such day. */
export const endOf = ({ last_day }: Rules): string | undefined =>
  last_day === '' ? undefined : `${last_day}T23:59:59Z`

interface Props {
  rules: Rules
  faults: Partial<Record<keyof Rules, string>>
  onChange: (rules: Rules) => void
}

/** What a key may do, from where, until when and how often. */
export function RuleFields({ rules, faults, onChange }: Props) {
  const { t } = useI18n()
  const field = (name: keyof Rules) => ({
    label: t(`apiKeys.${name}`),
    description: t(`apiKeys.${name}.hint`),
    dir: 'ltr',
    value: rules[name],
    error: faults[name],
    onChange: ({ currentTarget: { value } }: { currentTarget: { value: string } }) =>
      onChange({ ...rules, [name]: value }),
  })
  return (
    <Stack gap={16}>
      <TextInput {...field('scopes')} />
      <TextInput {...field('allowed_networks')} autoComplete="off" placeholder="203.0.113.0/24" />
      <TextInput {...field('last_day')} type="date" />
      <TextInput {...field('rate')} autoComplete="off" placeholder="10/1s" />
    </Stack>
  )
}
