import { Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { meQuery } from '../../api/account.ts'
import { passkeysQuery } from '../../api/passkeys.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { Holds } from '../holds/holds.tsx'
import { AccountPage } from '../page-frame.tsx'

const GROUPS = [
  { name: 'signingIn', rows: ['password', 'two-factor', 'passkeys', 'email'] },
  { name: 'access', rows: ['sessions', 'applications', 'api-keys'] },
  { name: 'past', rows: ['notices', 'activity'] },
] as const
type Row = (typeof GROUPS)[number]['rows'][number]

/** What protects the account. */
export default function SecurityPage() {
  const { t } = useI18n()
  return (
    <AccountPage title={t('security.title')} lead={t('security.lead')} back="/account">
      <Holds>
        {GROUPS.map(({ name, rows }) => (
          <Stack key={name} gap={8} component="section" aria-labelledby={name}>
            <Title order={2} size="h4" id={name}>
              {t(`security.${name}`)}
            </Title>
            <ul className="rows">
              {rows.map((row) => (
                <SecurityRow key={row} name={row} />
              ))}
            </ul>
          </Stack>
        ))}
      </Holds>
    </AccountPage>
  )
}

function SecurityRow({ name }: { name: Row }) {
  const { t } = useI18n()
  return (
    <li>
      <Link to={`/account/security/${name}`} className="row">
        <span>
          <Text fw={600} component="span" display="block">
            {t(`security.${name}.title`)}
          </Text>
          <Text size="sm" c="dimmed" component="span" display="block">
            {t(`security.${name}.text`)}
          </Text>
        </span>
        <span className="row-end">
          {(name === 'two-factor' || name === 'passkeys') && <FactorState name={name} />}
          <span className="row-arrow" aria-hidden="true" />
        </span>
      </Link>
    </li>
  )
}

/** Whether a factor is on; that the app is off asks for attention only where no passkey takes its place. */
function FactorState({ name }: { name: 'two-factor' | 'passkeys' }) {
  const { t } = useI18n()
  const { data: me } = useQuery(meQuery)
  const { data: passkeys } = useQuery(passkeysQuery)
  if (!me || !passkeys) return null
  const hasPasskeys = passkeys.length > 0
  if (name === 'passkeys') return hasPasskeys && <Tag tone="good">{t('security.on')}</Tag>
  if (me.otp_enabled) return <Tag tone="good">{t('security.on')}</Tag>
  return <Tag tone={hasPasskeys ? 'quiet' : 'warm'}>{t('security.off')}</Tag>
}
