import { canUsePasskeys, isBarongError } from '@barong/sdk'
import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { meQuery } from '../api/account.ts'
import { passkeysQuery, useConfirmByPasskey } from '../api/passkeys.ts'
import { useConfirm } from '../api/security.ts'
import { useI18n } from '../i18n/i18n.tsx'
import { useFirstFault } from '../ui/first-fault.ts'
import { faultsOf } from './fields.ts'
import { PasswordField } from './password-field.tsx'
import { Refused } from './refused.tsx'

/** Whether the server wants to know once more who it is. */
export const wantsProof = (error: Error | null): boolean =>
  isBarongError(error) && error.kind === 'confirmation_required'

interface Props {
  error: Error | null
  /** Does again what was refused, once the person proved who they are. */
  again: () => void
}

/** What went wrong; where only a fresh proof was missing, asks for it and goes on. */
export function RefusedOrProof({ error, again }: Props) {
  const { t, tError } = useI18n()
  const isWanted = wantsProof(error)
  const { data: me } = useQuery(meQuery)
  const { data: passkeys } = useQuery({ ...passkeysQuery, enabled: isWanted })
  const [password, setPassword] = useState('')
  const [otp_code, setCode] = useState('')
  const confirm = useConfirm()
  const byPasskey = useConfirmByPasskey()
  const form = useFirstFault<HTMLFormElement>(confirm.error)
  if (!isWanted) return <Refused error={error} />
  const hasPasskeys = passkeys !== undefined && passkeys.length > 0
  const { fields, rest } = faultsOf(confirm.error, { password: /password/i, code: /code|otp/i }, tError)
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        confirm.mutate({ password, otp_code }, { onSuccess: again })
      }}
    >
      <Stack gap={16}>
        <Text role="status">{t('proof.lead')}</Text>
        <Refused error={confirm.error} sentences={rest} />
        <PasswordField
          label={t('proof.password')}
          autoComplete="current-password"
          autoFocus
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={fields.password}
        />
        {/* Whoever has passkeys alone and lost them shows a recovery code. */}
        {(me?.otp_enabled || hasPasskeys) && (
          <TextInput
            label={t(me?.otp_enabled ? 'proof.code' : 'proof.recovery_code')}
            autoComplete="one-time-code"
            dir="ltr"
            value={otp_code}
            onChange={({ currentTarget }) => setCode(currentTarget.value)}
            error={fields.code}
          />
        )}
        <Button type="submit" loading={confirm.isPending}>
          {t('proof.confirm')}
        </Button>
        {hasPasskeys && canUsePasskeys() && (
          <>
            <Refused error={byPasskey.error} />
            <Button
              variant="default"
              loading={byPasskey.isPending}
              onClick={() => byPasskey.mutate(undefined, { onSuccess: again })}
            >
              {t('proof.passkey')}
            </Button>
          </>
        )}
      </Stack>
    </form>
  )
}
