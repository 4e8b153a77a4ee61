import { Button, Skeleton, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { meQuery } from '../../api/account.ts'
import { emailChangeQuery, useAskForEmailChange } from '../../api/email-change.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useFirstFault } from '../../ui/first-fault.ts'
import { AccountPage } from '../page-frame.tsx'
import { PendingChange } from './pending.tsx'

/** The account's address, and another one once the owners of both agree. */
export default function EmailPage() {
  const { t } = useI18n()
  const me = useQuery(meQuery)
  const change = useQuery(emailChangeQuery)
  const error = me.error ?? change.error
  return (
    <AccountPage title={t('security.email.title')} lead={t('email.lead')} back="/account/security">
      <Refused error={error} />
      {!error && (!me.data || change.data === undefined) && <Skeleton height={160} />}
      {me.data && change.data !== undefined && (
        <>
          <dl className="facts">
            <div>
              <dt>{t('email.present')}</dt>
              <dd>
                <bdi>{me.data.email}</bdi>
              </dd>
            </div>
          </dl>
          {change.data ? <PendingChange change={change.data} /> : <AskForChange />}
        </>
      )}
    </AccountPage>
  )
}

function AskForChange() {
  const { t, tError } = useI18n()
  const [email, setEmail] = useState('')
  const ask = useAskForEmailChange()
  const send = () => ask.mutate(email)
  const { fields, rest } = faultsOf(ask.error, { email: /email/i }, tError)
  const form = useFirstFault<HTMLFormElement>(ask.error)
  if (wantsProof(ask.error)) return <RefusedOrProof error={ask.error} again={send} />
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Stack gap={16}>
        <Refused error={ask.error} sentences={rest} />
        <TextInput
          label={t('email.new')}
          description={t('email.hint')}
          type="email"
          autoComplete="email"
          required
          value={email}
          onChange={({ currentTarget }) => setEmail(currentTarget.value)}
          error={fields.email}
        />
        <Button type="submit" loading={ask.isPending}>
          {t('email.ask')}
        </Button>
        <Text size="sm" c="dimmed">
          {t('email.effect')}
        </Text>
      </Stack>
    </form>
  )
}
