import { Anchor, Button, Group, Stack, Text } from '@mantine/core'
import { useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useResendCode, useVerifyPhone } from '../../api/phones.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { useCountdown } from '../../ui/countdown.ts'
import { useFirstFault } from '../../ui/first-fault.ts'

const PAUSE = 60

/** Takes the code that was sent to a number. */
export function CodeStep({ number, onOther }: { number: string; onOther: () => void }) {
  const { t, tError } = useI18n()
  const navigate = useNavigate()
  const [code, setCode] = useState('')
  const verify = useVerifyPhone()
  const resend = useResendCode()
  const { left, start } = useCountdown(PAUSE)
  const { fields, rest } = faultsOf(verify.error, { code: /code/i }, tError)
  const form = useFirstFault<HTMLFormElement>(verify.error)
  const send = (verification_code: string) =>
    verify.mutate(
      { phone_number: number, verification_code },
      { onSuccess: () => navigate({ to: '/account' }), onError: () => setCode('') },
    )
  const sendAnother = () => resend.mutate(number, { onSuccess: start })
  if (wantsProof(verify.error))
    return <RefusedOrProof error={verify.error} again={() => send(verify.variables?.verification_code ?? '')} />
  if (wantsProof(resend.error)) return <RefusedOrProof error={resend.error} again={sendAnother} />
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        send(code)
      }}
    >
      <Stack gap={16}>
        <Text>{t('phone.sent', { number })}</Text>
        <Refused error={verify.error} sentences={rest} />
        <Refused error={resend.error} />
        <CodeField
          label={t('phone.code')}
          value={code}
          onChange={setCode}
          onWhole={send}
          error={fields.code}
          autoFocus
        />
        <Button type="submit" loading={verify.isPending}>
          {t('phone.verify')}
        </Button>
        <Group justify="space-between">
          <Anchor component="button" type="button" size="sm" onClick={onOther}>
            {t('phone.other')}
          </Anchor>
          {left > 0 ? (
            <Text size="sm" c="dimmed" className="figures">
              {t('phone.resendIn', { count: left })}
            </Text>
          ) : (
            <Anchor component="button" type="button" size="sm" disabled={resend.isPending} onClick={sendAnother}>
              {t('phone.resend')}
            </Anchor>
          )}
        </Group>
      </Stack>
    </form>
  )
}
