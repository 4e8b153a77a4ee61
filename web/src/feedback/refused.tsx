import { isBarongError } from '@barong/sdk'
import { Alert, Text } from '@mantine/core'
import { useI18n } from '../i18n/i18n.tsx'

interface Props {
  error: Error | null
  /** What is to be said, where it is not all that the error says. */
  sentences?: readonly string[]
}

/** What went wrong, in the person's language, with what support needs to find it. */
export function Refused({ error, sentences }: Props) {
  const { t, tError } = useI18n()
  if (!error) return null
  const said = sentences ?? (isBarongError(error) ? error.messages : ['Something went wrong']).map(tError)
  if (said.length === 0) return null
  const request_id = isBarongError(error) && error.status >= 500 ? error.requestId : undefined
  return (
    <Alert color="red" role="alert" variant="light" className="refused">
      {said.map((sentence) => (
        <Text key={sentence} size="sm" c="var(--bad)">
          {sentence}
        </Text>
      ))}
      {request_id && (
        <Text size="xs" c="dimmed">
          {t('refused.request', { id: request_id })}
        </Text>
      )}
    </Alert>
  )
}
