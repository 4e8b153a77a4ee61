import { Button, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { permissionsQuery } from '../../api/console.ts'
import { type Ladder, levelsQuery } from '../../api/levels.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { ItemTable } from '../parts/table.tsx'
import { LevelsForm } from './form.tsx'
import { LabelsInUse } from './labels.tsx'

/** How far people can rise, and the labels that take them there. */
export default function LevelsPage() {
  const { t } = useI18n()
  const { data: ladder, error } = useQuery(levelsQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const [edited, setEdited] = useState<Ladder>()
  const change = ladder?.last_change
  return (
    <ConsolePage
      title={t('console.levels')}
      actions={
        ladder &&
        permissions?.actions.includes('levels.write') && (
          <Button onClick={() => setEdited(ladder)}>{t('console.levels.change')}</Button>
        )
      }
    >
      <Stack gap={16}>
        <Text c="dimmed" maw={720}>
          {t('console.levels.lead')}
        </Text>
        <Refused error={error} />
        {!ladder && !error && <Skeleton height={180} />}
        {ladder && (
          <ItemTable
            items={ladder.levels}
            keyOf={({ level }) => level}
            none={t('console.levels.none')}
            columns={[
              { name: t('console.level'), show: ({ level }) => <strong>{level}</strong> },
              {
                name: t('console.level.label'),
                show: ({ key, value }) => (
                  <code>
                    {key}:{value}
                  </code>
                ),
              },
              { name: t('console.level.description'), show: ({ description }) => <bdi>{description}</bdi> },
            ]}
          />
        )}
        {change && (
          <Text size="sm" role="status">
            {t(change.finished_at === null ? 'console.levels.applying' : 'console.levels.applied', {
              count: change.changed,
            })}{' '}
            <Ago at={change.finished_at ?? change.created_at} />
          </Text>
        )}
        <Title order={2} size="h3" mt={8}>
          {t('console.labels.used')}
        </Title>
        <LabelsInUse />
      </Stack>
      {edited && <LevelsForm ladder={edited} onClose={() => setEdited(undefined)} />}
    </ConsolePage>
  )
}
