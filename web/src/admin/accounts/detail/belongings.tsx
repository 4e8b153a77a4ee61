import { Stack, Table, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AccountDetail } from '../../../api/directory.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import type { Key } from '../../../i18n/language.ts'
import { Ago } from '../../parts/moment.tsx'
import { ScrollFrame } from '../../parts/scroll-frame.tsx'

/** Phones, documents, sessions and API keys of an account. */
export function Belongings({ account }: { account: AccountDetail }) {
  const { t, moment } = useI18n()
  return (
    <Stack gap={16}>
      <List
        title="console.phones"
        rows={account.phones.map(({ number, country, validated_at, created_at }) => [
          <bdi key="number">{number}</bdi>,
          country,
          validated_at ? t('console.verified') : t('console.notVerified'),
          <Ago key="at" at={created_at} />,
        ])}
      />
      <List
        title="console.documents"
        rows={account.documents.map(({ doc_type, doc_number, doc_expire, created_at }) => [
          doc_type,
          <bdi key="number">{doc_number}</bdi>,
          t('console.expires', { date: doc_expire }),
          <Ago key="at" at={created_at} />,
        ])}
      />
      <List
        title="console.sessions"
        rows={account.sessions.map(({ application, address, device, signed_in_at }) => [
          <bdi key="application">{application?.name ?? t('console.browser')}</bdi>,
          address,
          <bdi key="device">{device}</bdi>,
          <Ago key="at" at={signed_in_at} />,
        ])}
      />
      <List
        title="console.apiKeys"
        rows={account.api_keys.map(({ uid, scopes, state, created_at, ...rules }) => [
          uid,
          scopes,
          state,
          rules.allowed_networks && t('apiKeys.from', { networks: rules.allowed_networks.replaceAll(',', ', ') }),
          rules.expires_at && t('apiKeys.ends', { time: moment(rules.expires_at) }),
          rules.rate && t('apiKeys.limited', { rate: rules.rate }),
          rules.last_used_at
            ? t('apiKeys.used', { time: moment(rules.last_used_at), address: rules.last_used_from ?? '?' })
            : t('apiKeys.unused'),
          <Ago key="at" at={created_at} />,
        ])}
      />
    </Stack>
  )
}

function List({ title, rows }: { title: Key; rows: readonly (readonly ReactNode[])[] }) {
  const { t } = useI18n()
  return (
    <section className="panel">
      <Title order={2} size="h4">
        {t(title)}
      </Title>
      {rows.length === 0 && <Text c="dimmed">{t('console.none')}</Text>}
      {rows.length > 0 && (
        <ScrollFrame>
          <Table verticalSpacing={4}>
            <Table.Tbody>
              {rows.map((cells, row) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows are replaced as a whole, never moved
                <Table.Tr key={row}>
                  {cells.map((cell, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: columns have no names
                    <Table.Td key={column}>{cell}</Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollFrame>
      )}
    </section>
  )
}
