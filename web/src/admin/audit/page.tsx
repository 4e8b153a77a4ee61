import { Button, Group, Skeleton, Stack, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { permissionsQuery } from '../../api/console.ts'
import { auditQuery, chainQuery, useVerifyChain } from '../../api/operation.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useAddress } from '../parts/address.ts'
import { Facts } from '../parts/facts.tsx'
import { ConsoleLink } from '../parts/link.tsx'
import { Ago } from '../parts/moment.tsx'
import { ConsolePage } from '../parts/page.tsx'
import { ItemTable } from '../parts/table.tsx'
import { AuditFilters, filtersIn, PAGE } from './filters.tsx'

/** Who did what to whom, and whether the log is what it was. */
export default function AuditPage() {
  const { t, exactly } = useI18n()
  const { params, change } = useAddress()
  const before = Number(params.get('before'))
  const filters = { ...filtersIn(params), ...(before > 0 ? { before } : {}) }
  const { data: records, error } = useQuery(auditQuery(filters))
  return (
    <ConsolePage title={t('console.audit')}>
      <Stack gap={16}>
        <ChainState />
        <AuditFilters />
        <Refused error={error} />
        {!records && !error && <Skeleton height={400} />}
        {records && (
          <ItemTable
            items={records}
            keyOf={({ id }) => id}
            none={t('console.audit.none')}
            columns={[
              {
                name: t('console.audit.at'),
                show: ({ at }) => (
                  <time className="exact" dateTime={at}>
                    {exactly(at)}
                  </time>
                ),
              },
              { name: t('console.audit.action'), show: ({ action }) => <code>{action}</code> },
              {
                name: t('console.audit.result'),
                show: ({ result, code }) =>
                  [t(`console.audit.result.${result}`), code].filter((each) => each).join(' '),
              },
              {
                name: t('console.audit.by'),
                show: ({ actor }) => (
                  <bdi>
                    {t(`console.audit.kind.${actor.kind}`)} {actor.id}
                  </bdi>
                ),
              },
              {
                name: t('console.account'),
                show: ({ account_uid }) =>
                  account_uid && <ConsoleLink to={`/admin/accounts/${account_uid}`}>{account_uid}</ConsoleLink>,
              },
              { name: t('console.audit.address'), show: ({ address }) => address },
              { name: t('console.audit.details'), show: ({ details }) => details && <Details details={details} /> },
            ]}
          />
        )}
        <Group gap={8}>
          <Button size="xs" variant="default" disabled={!(before > 0)} onClick={() => change({ before: '' })}>
            {t('console.audit.newest')}
          </Button>
          <Button
            size="xs"
            variant="default"
            disabled={(records?.length ?? 0) < PAGE}
            onClick={() => change({ before: String(records?.at(-1)?.id ?? '') })}
          >
            {t('console.next')}
          </Button>
        </Group>
      </Stack>
    </ConsolePage>
  )
}

/** What a record says besides, each under its name, the reason among them. */
const Details = ({ details }: { details: Readonly<Record<string, unknown>> }) => (
  <dl className="details">
    {Object.entries(details).map(([name, value]) => (
      <div key={name}>
        <dt>{name}</dt>
        <dd>
          <bdi>{typeof value === 'string' ? value : JSON.stringify(value)}</bdi>
        </dd>
      </div>
    ))}
  </dl>
)

function ChainState() {
  const { t } = useI18n()
  const { data: chain, error } = useQuery(chainQuery)
  const { data: permissions } = useQuery(permissionsQuery)
  const verify = useVerifyChain()
  if (!chain) return error ? <Refused error={error} /> : <Skeleton height={90} />
  const { verification } = chain
  return (
    <section className="panel" aria-label={t('console.audit.chain')}>
      <Facts
        facts={{
          [t('console.audit.records')]: chain.records,
          [t('console.audit.unchained')]: chain.unchained,
          [t('console.audit.verified')]: verification && (
            <>
              <Ago at={verification.at} />:{' '}
              <Text span c={verification.whole ? 'var(--good)' : 'var(--bad)'}>
                {verification.whole
                  ? t('console.audit.whole')
                  : t('console.audit.broken', { why: verification.why ?? '' })}
              </Text>
            </>
          ),
        }}
      />
      {permissions?.actions.includes('activities.verify') && (
        <Button
          mt={12}
          size="xs"
          variant="default"
          loading={verify.isPending || chain.verifying}
          onClick={() => verify.mutate()}
        >
          {t('console.audit.verify')}
        </Button>
      )}
      <Refused error={error ?? verify.error} />
    </section>
  )
}
