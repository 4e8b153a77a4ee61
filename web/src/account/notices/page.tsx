import { Anchor, Group } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useI18n } from '../../i18n/i18n.tsx'
import { ActivityList } from '../activity/list.tsx'
import { Holds } from '../holds/holds.tsx'
import { AccountPage } from '../page-frame.tsx'

/** What changed who has access to the account, as it was told by mail, and what is on hold for it. */
export default function NoticesPage() {
  const { t } = useI18n()
  return (
    <AccountPage title={t('security.notices.title')} lead={t('notices.lead')} back="/account/security">
      <Holds>
        <Group gap={20}>
          <Anchor component={Link} to="/account/security/password">
            {t('notices.password')}
          </Anchor>
          <Anchor component={Link} to="/account/security/sessions">
            {t('notices.sessions')}
          </Anchor>
        </Group>
        <ActivityList topic="security" none={t('notices.none')} />
      </Holds>
    </AccountPage>
  )
}
