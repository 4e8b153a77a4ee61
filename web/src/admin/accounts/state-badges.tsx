import { Group } from '@mantine/core'
import type { AccountRow } from '../../api/directory.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'

const TONES = { active: 'good', pending: 'quiet', banned: 'bad' } as const

/** How an account stands, in words and colours. */
export function StateBadges({
  account,
}: {
  account: Pick<AccountRow, 'state' | 'locked' | 'frozen_by' | 'discarded'>
}) {
  const { t } = useI18n()
  const more = (['locked', 'frozen_by_staff', 'frozen_by_person', 'discarded'] as const).filter((name) =>
    name === 'locked' || name === 'discarded' ? account[name] : name === `frozen_by_${account.frozen_by}`,
  )
  const known = (['active', 'pending', 'banned'] as const).find((name) => name === account.state)
  return (
    <Group gap={4} component="span">
      <Tag tone={known ? TONES[known] : 'quiet'}>{known ? t(`console.state.${known}`) : account.state}</Tag>
      {more.map((name) => (
        <Tag key={name} tone="warm">
          {t(`console.state.${name}`)}
        </Tag>
      ))}
    </Group>
  )
}
