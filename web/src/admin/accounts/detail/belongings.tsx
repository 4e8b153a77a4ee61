import { Stack, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AccountDetail } from '../../../api/directory.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import type { Key } from '../../../i18n/language.ts'
import { Ago } from '../../parts/moment.tsx'
import { ItemTable } from '../../parts/table.tsx'
import { ApiKeys } from './api-keys.tsx'
import { Documents } from './documents.tsx'

/** Phones, documents, sessions and API keys of an account. */
export function Belongings({ account, mayOpen }: { account: AccountDetail; mayOpen: boolean }) {
  const { t } = useI18n()
  return (
    <Stack gap={16}>
      <Panel title="console.phones">
        <ItemTable
          items={account.phones}
          keyOf={({ number }) => number}
          none={t('console.none')}
          columns={[
            { name: t('console.phone.number'), show: ({ number }) => <bdi>{number}</bdi> },
            { name: t('console.filter.country'), show: ({ country }) => country },
            {
              name: t('console.filter.state'),
              show: ({ validated_at }) => t(validated_at ? 'console.verified' : 'console.notVerified'),
            },
            { name: t('console.added'), show: ({ created_at }) => <Ago at={created_at} /> },
          ]}
        />
      </Panel>
      <Panel title="console.documents">
        <Documents documents={account.documents} mayOpen={mayOpen} />
      </Panel>
      <Panel title="console.sessions">
        <ItemTable
          items={account.sessions}
          keyOf={({ id }) => id}
          none={t('console.none')}
          columns={[
            {
              name: t('console.session.at'),
              show: ({ application }) => <bdi>{application?.name ?? t('console.browser')}</bdi>,
            },
            { name: t('console.audit.address'), show: ({ address }) => address },
            { name: t('console.session.device'), show: ({ device }) => <bdi>{device}</bdi> },
            { name: t('console.session.since'), show: ({ signed_in_at }) => <Ago at={signed_in_at} /> },
          ]}
        />
      </Panel>
      <Panel title="console.apiKeys">
        <ApiKeys keys={account.api_keys} />
      </Panel>
    </Stack>
  )
}

function Panel({ title, children }: { title: Key; children: ReactNode }) {
  const { t } = useI18n()
  return (
    <section className="panel">
      <Title order={2} size="h4">
        {t(title)}
      </Title>
      {children}
    </section>
  )
}
