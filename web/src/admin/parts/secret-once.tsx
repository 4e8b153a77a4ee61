import { Alert, Code, Text } from '@mantine/core'
import { useI18n } from '../../i18n/i18n.tsx'

interface Props {
  title: string
  secret: string
  onClose: () => void
}

/** A secret that the server tells once. */
export function SecretOnce({ title, secret, onClose }: Props) {
  const { t } = useI18n()
  return (
    <Alert color="green" title={title} withCloseButton onClose={onClose}>
      <Text size="sm">{t('console.application.secret.once')}</Text>
      <Code block>{secret}</Code>
    </Alert>
  )
}
