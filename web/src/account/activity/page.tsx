import { useI18n } from '../../i18n/i18n.tsx'
import { AccountPage } from '../page-frame.tsx'
import { ActivityList } from './list.tsx'

/** What happened to the account. */
export default function ActivityPage() {
  const { t } = useI18n()
  return (
    <AccountPage title={t('security.activity.title')} lead={t('activity.lead')} back="/account/security">
      <ActivityList none={t('activity.none')} />
    </AccountPage>
  )
}
