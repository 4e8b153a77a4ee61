import type { AccountDetail } from '../../../api/directory.ts'
import { useI18n } from '../../../i18n/i18n.tsx'
import { Ago } from '../../parts/moment.tsx'
import { ItemTable } from '../../parts/table.tsx'

/** The API keys of an account, with their rules and last use. */
export function ApiKeys({ keys }: { keys: AccountDetail['api_keys'] }) {
  const { t, moment } = useI18n()
  return (
    <ItemTable
      items={keys}
      keyOf={({ uid }) => uid}
      none={t('console.none')}
      columns={[
        { name: t('console.filter.uid'), show: ({ uid }) => uid },
        { name: t('apiKeys.scopes'), show: ({ scopes }) => scopes },
        { name: t('console.filter.state'), show: ({ state }) => state },
        {
          name: t('console.apiKey.rules'),
          show: ({ allowed_networks, expires_at, rate }) =>
            [
              allowed_networks && t('apiKeys.from', { networks: allowed_networks.replaceAll(',', ', ') }),
              expires_at && t('apiKeys.ends', { time: moment(expires_at) }),
              rate && t('apiKeys.limited', { rate }),
            ]
              .filter((rule) => rule)
              .join(' · '),
        },
        {
          name: t('console.apiKey.use'),
          show: ({ last_used_at, last_used_from }) =>
            last_used_at
              ? t('apiKeys.used', { time: moment(last_used_at), address: last_used_from ?? '?' })
              : t('apiKeys.unused'),
        },
        { name: t('console.created'), show: ({ created_at }) => <Ago at={created_at} /> },
      ]}
    />
  )
}
