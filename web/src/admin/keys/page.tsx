import { Button, NativeSelect, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { permissionsQuery } from '../../api/console.ts'
import { keysQuery, useRotateKeys } from '../../api/operation.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { ReasonDialog } from '../parts/reason-dialog.tsx'
import { ItemTable } from '../parts/table.tsx'

const ALGORITHMS = ['RS256', 'ES256', 'EdDSA'] as const

/** The keys that sign tokens, and how new ones follow. */
export default function KeysPage() {
  const { t } = useI18n()
  const { data: keys, error } = useQuery(keysQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const rotate = useRotateKeys()
  const [isAsking, setAsking] = useState(false)
  const [algorithm, setAlgorithm] = useState<(typeof ALGORITHMS)[number]>('RS256')
  const close = () => {
    setAsking(false)
    rotate.reset()
  }
  return (
    <ConsolePage
      title={t('console.keys')}
      actions={
        permissions?.actions.includes('keys.rotate') && (
          <Button onClick={() => setAsking(true)}>{t('console.keys.rotate')}</Button>
        )
      }
    >
      <Stack gap={16}>
        <Refused error={error} />
        {!keys && !error && <Skeleton height={200} />}
        {keys && (
          <ItemTable
            items={keys}
            keyOf={({ kid }) => kid}
            none={t('console.none')}
            columns={[
              { name: t('console.key.id'), show: ({ kid }) => <code>{kid}</code> },
              { name: t('console.key.algorithm'), show: ({ algorithm }) => algorithm },
              { name: t('console.filter.state'), show: ({ state }) => state },
              { name: t('console.key.from'), show: ({ active_from }) => <Ago at={active_from} /> },
            ]}
          />
        )}
      </Stack>
      {isAsking && (
        <ReasonDialog
          title={t('console.keys.rotate')}
          lead={t('console.keys.rotate.lead')}
          confirm={t('console.keys.rotate')}
          isPending={rotate.isPending}
          error={rotate.error}
          onClose={close}
          onConfirm={(reason) => rotate.mutate({ algorithm, reason }, { onSuccess: close })}
        >
          <NativeSelect
            label={t('console.key.algorithm')}
            value={algorithm}
            onChange={({ currentTarget }) =>
              setAlgorithm(ALGORITHMS.find((known) => known === currentTarget.value) ?? 'RS256')
            }
            data={[...ALGORITHMS]}
          />
        </ReasonDialog>
      )}
    </ConsolePage>
  )
}
