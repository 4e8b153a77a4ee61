import { Link } from '@tanstack/react-router'
import { useI18n } from '../i18n/i18n.tsx'
import { AccountPage } from './page-frame.tsx'

/** There is no such page. */
export function NotFoundPage() {
  const { t } = useI18n()
  return (
    <AccountPage title={t('notFound.title')}>
      <Link to="/account">{t('notFound.home')}</Link>
    </AccountPage>
  )
}
