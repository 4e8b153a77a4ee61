import { Button, Code, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useEnableTwoFactor, useStartEnrolment } from '../../api/security.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { useFirstFault } from '../../ui/first-fault.ts'
import { QrCode } from './qr-code.tsx'

/** Turns the second factor on: scan, then prove by a code that it was scanned. */
export function EnableTwoFactor({ onEnabled }: { onEnabled: () => void }) {
  const { t, tError } = useI18n()
  const [code, setCode] = useState('')
  const start = useStartEnrolment()
  const enable = useEnableTwoFactor()
  const { fields, rest } = faultsOf(enable.error, { code: /code/i }, tError)
  const form = useFirstFault<HTMLFormElement>(enable.error)
  const send = (code: string) => enable.mutate(code, { onSuccess: onEnabled, onError: () => setCode('') })
  if (!start.data) {
    return (
      <Stack gap={16}>
        <RefusedOrProof error={start.error} again={() => start.mutate()} />
        {!wantsProof(start.error) && (
          <Button onClick={() => start.mutate()} loading={start.isPending}>
            {t('twoFactor.begin')}
          </Button>
        )}
      </Stack>
    )
  }
  if (wantsProof(enable.error))
    return <RefusedOrProof error={enable.error} again={() => send(enable.variables ?? '')} />
  const { barcode, url } = start.data.data
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        send(code)
      }}
    >
      <Stack gap={16}>
        <Text>{t('twoFactor.scan')}</Text>
        <QrCode png={barcode} label={t('twoFactor.qr')} />
        <Text size="sm" c="dimmed">
          {t('twoFactor.secret')}
        </Text>
        <Code block dir="ltr">
          {new URL(url).searchParams.get('secret')}
        </Code>
        <Refused error={enable.error} sentences={rest} />
        <CodeField label={t('twoFactor.code')} value={code} onChange={setCode} onWhole={send} error={fields.code} />
        <Button type="submit" loading={enable.isPending}>
          {t('twoFactor.enable')}
        </Button>
      </Stack>
    </form>
  )
}
