import { Title } from '@mantine/core'
import { useI18n } from '../i18n/i18n.tsx'

/** There is no such page. */
export function NotFoundPage() {
  const { t } = useI18n()
  return <Title order={1}>{t('notFound.title')}</Title>
}
