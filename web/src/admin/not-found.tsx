import { useI18n } from '../i18n/i18n.tsx'
import { ConsoleLink } from './parts/link.tsx'
import { ConsolePage } from './parts/page.tsx'

/** There is no such page of the console. */
export function NotFoundPage() {
  const { t } = useI18n()
  return (
    <ConsolePage title={t('notFound.title')}>
      <ConsoleLink to="/admin">{t('admin.dashboard.title')}</ConsoleLink>
    </ConsolePage>
  )
}
