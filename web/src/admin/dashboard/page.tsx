import { Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { applicationsQuery } from '../../api/applications.ts'
import { useI18n } from '../../i18n/i18n.tsx'

/** Where officers and operators begin. */
export function DashboardPage() {
  const { t } = useI18n()
  const { data: applications } = useQuery(applicationsQuery)
  return (
    <main>
      <Title order={1}>{t('admin.dashboard.title')}</Title>
      {applications && <Text c="dimmed">{t('admin.dashboard.applications', { count: applications.length })}</Text>}
    </main>
  )
}
