import { Button, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useChangePassword } from '../../api/account.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { PasswordField } from '../../feedback/password-field.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { useFirstFault } from '../../ui/first-fault.ts'
import { AccountPage } from '../page-frame.tsx'

/** Another password. */
export default function PasswordPage() {
  const { t, tError } = useI18n()
  const [old_password, setOld] = useState('')
  const [new_password, setNew] = useState('')
  const change = useChangePassword()
  const { fields, rest } = faultsOf(change.error, { old: /^invalid password$/i, new: /password/i }, tError)
  const form = useFirstFault<HTMLFormElement>(change.error)
  return (
    <AccountPage title={t('security.password.title')} lead={t('password.lead')} back="/account/security">
      {change.isSuccess && <Text role="status">{t('password.done')}</Text>}
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault()
          change.mutate(
            { old_password, new_password },
            {
              onSuccess: () => {
                setOld('')
                setNew('')
              },
            },
          )
        }}
      >
        <Stack gap={16}>
          <Refused error={change.error} sentences={rest} />
          <PasswordField
            label={t('password.old')}
            autoComplete="current-password"
            value={old_password}
            onChange={({ currentTarget }) => setOld(currentTarget.value)}
            error={fields.old}
          />
          <PasswordField
            label={t('password.new')}
            description={t('password.hint')}
            autoComplete="new-password"
            value={new_password}
            onChange={({ currentTarget }) => setNew(currentTarget.value)}
            error={fields.new}
          />
          <Button type="submit" loading={change.isPending}>
            {t('password.change')}
          </Button>
        </Stack>
      </form>
    </AccountPage>
  )
}
