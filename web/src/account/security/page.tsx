import { Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { meQuery } from '../../api/account.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'
import { AccountPage } from '../page-frame.tsx'

const ROWS = ['password', 'two-factor', 'sessions', 'applications', 'api-keys', 'activity'] as const

/** What protects the account. */
export default function SecurityPage() {
  const { t } = useI18n()
  const { data: me } = useQuery(meQuery)
  return (
    <AccountPage title={t('security.title')} lead={t('security.lead')} back="/account">
      <ul className="rows">
        {ROWS.map((name) => (
          <li key={name}>
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
                {name === 'two-factor' && me && (
                  <Tag tone={me.otp_enabled ? 'good' : 'warm'}>
                    {t(me.otp_enabled ? 'security.on' : 'security.off')}
                  </Tag>
                )}
                <span className="row-arrow" aria-hidden="true" />
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </AccountPage>
  )
}
