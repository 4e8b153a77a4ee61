import { Skeleton, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { meQuery } from '../../api/account.ts'
import { useI18n } from '../../i18n/i18n.tsx'

/** Where an account holder begins. */
export function HomePage() {
  const { t } = useI18n()
  const { data: me } = useQuery(meQuery)
  if (!me) return <Skeleton height={120} />
  return (
    <>
      <Title order={1}>{t('home.title')}</Title>
      <Text c="dimmed">{me.email}</Text>
      <Text>{t('home.level', { level: me.level })}</Text>
    </>
  )
}
