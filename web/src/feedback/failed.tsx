import { Alert, Button, Stack, Text } from '@mantine/core'
import { useI18n } from '../i18n/i18n.tsx'

/** Stands in place of a page that could not be loaded or drawn. */
export function Failed() {
  const { t, tError } = useI18n()
  return (
    <Alert color="red" role="alert" variant="light" className="refused" m={16}>
      <Stack gap={12} align="start">
        <Text size="sm" c="var(--bad)">
          {tError('Something went wrong')}
        </Text>
        <Button size="xs" variant="default" onClick={() => location.reload()}>
          {t('failed.again')}
        </Button>
      </Stack>
    </Alert>
  )
}
