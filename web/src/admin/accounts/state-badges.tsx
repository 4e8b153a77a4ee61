import { Badge, Group } from '@mantine/core'
import type { AccountRow } from '../../api/directory.ts'
import { useI18n } from '../../i18n/i18n.tsx'

const COLOURS: Readonly<Record<string, string>> = { active: 'green', pending: 'gray', banned: 'red' }

/** How an account stands, in words and colours. */
export function StateBadges({ account }: { account: Pick<AccountRow, 'state' | 'locked' | 'frozen' | 'discarded'> }) {
  const { t } = useI18n()
  const more = (['locked', 'frozen', 'discarded'] as const).filter((name) => account[name])
  const known = (['active', 'pending', 'banned'] as const).find((name) => name === account.state)
  return (
    <Group gap={4} component="span">
      <Badge component="span" size="sm" variant="light" tt="none" color={COLOURS[account.state] ?? 'gray'}>
        {known ? t(`console.state.${known}`) : account.state}
      </Badge>
      {more.map((name) => (
        <Badge component="span" key={name} size="sm" variant="light" tt="none" color="orange">
          {t(`console.state.${name}`)}
        </Badge>
      ))}
    </Group>
  )
}
