import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { labelsQuery } from '../../api/account.ts'
import { useAddPhone } from '../../api/phones.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useFirstFault } from '../../ui/first-fault.ts'
import { stepsOf } from '../home/steps.ts'
import { AccountPage } from '../page-frame.tsx'
import { CodeStep } from './code-step.tsx'

/** A number that its owner proves by a code. */
export default function PhonePage() {
  const { t, tError } = useI18n()
  const [number, setNumber] = useState('')
  const [sentTo, setSentTo] = useState<string>()
  const add = useAddPhone()
  const labels = useQuery(labelsQuery)
  const { fields, rest } = faultsOf(add.error, { number: /phone/i }, tError)
  const form = useFirstFault<HTMLFormElement>(add.error)
  const isDone = labels.data !== undefined && stepsOf(labels.data).phone === 'done'
  const send = () => add.mutate(number, { onSuccess: () => setSentTo(number) })
  return (
    <AccountPage title={t('phone.title')} lead={t(isDone ? 'phone.done' : 'phone.lead')} back="/account">
      {wantsProof(add.error) && <RefusedOrProof error={add.error} again={send} />}
      {sentTo !== undefined && <CodeStep number={sentTo} onOther={() => setSentTo(undefined)} />}
      {sentTo === undefined && !wantsProof(add.error) && (
        <form
          ref={form}
          onSubmit={(event) => {
            event.preventDefault()
            send()
          }}
        >
          <Stack gap={16}>
            <Refused error={add.error} sentences={rest} />
            <TextInput
              label={t('phone.number')}
              description={t('phone.numberHint')}
              type="tel"
              autoComplete="tel"
              placeholder="+49 151 23456789"
              dir="ltr"
              required
              value={number}
              onChange={({ currentTarget }) => setNumber(currentTarget.value)}
              error={fields.number}
            />
            <Button type="submit" loading={add.isPending}>
              {t('phone.send')}
            </Button>
          </Stack>
        </form>
      )}
      <Text size="sm" c="dimmed">
        {t('phone.privacy')}
      </Text>
    </AccountPage>
  )
}
