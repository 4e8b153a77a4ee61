import { Button, Paper, Stack, Text, Title } from '@mantine/core'
import { useCancelEmailChange } from '../../api/email-change.ts'
import { RefusedOrProof } from '../../feedback/proof.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'

interface Change {
  email: string
  confirmed_by_old: boolean
  confirmed_by_new: boolean
  expires_at: string
}

/** A change that waits for the owners of both addresses. */
export function PendingChange({ change }: { change: Change }) {
  const { t, moment } = useI18n()
  const cancel = useCancelEmailChange()
  const send = () => cancel.mutate()
  const answers = [
    ['email.byOld', change.confirmed_by_old],
    ['email.byNew', change.confirmed_by_new],
  ] as const
  return (
    <Paper withBorder p={20} component="section" className="next-step" aria-labelledby="pending">
      <Stack gap={12}>
        <Title order={2} id="pending">
          {t('email.pending')}
        </Title>
        <Text>{t('email.pendingText', { email: change.email, moment: moment(change.expires_at) })}</Text>
        <ul className="answers">
          {answers.map(([key, isConfirmed]) => (
            <li key={key} className="answer">
              {t(key)}{' '}
              <Tag tone={isConfirmed ? 'good' : 'quiet'}>{t(isConfirmed ? 'email.agreed' : 'email.waits')}</Tag>
            </li>
          ))}
        </ul>
        <RefusedOrProof error={cancel.error} again={send} />
        <Button variant="default" loading={cancel.isPending} onClick={send}>
          {t('email.cancel')}
        </Button>
      </Stack>
    </Paper>
  )
}
