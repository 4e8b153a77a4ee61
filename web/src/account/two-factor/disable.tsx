import { Button, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { useDisableTwoFactor } from '../../api/security.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { useNextCode } from '../../feedback/next-code.ts'
import { PasswordField } from '../../feedback/password-field.tsx'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'

/** Turns the second factor off, by password and code. */
export function DisableTwoFactor() {
  const { t, tError } = useI18n()
  const [isOpen, setOpen] = useState(false)
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const disable = useDisableTwoFactor()
  const { fields, rest } = faultsOf(disable.error, { password: /password/i, code: /code/i }, tError)
  const nextCode = useNextCode(() => {
    setCode('')
    disable.reset()
  })
  if (!isOpen) {
    return (
      <Button variant="subtle" color="red" onClick={() => setOpen(true)}>
        {t('twoFactor.disable')}
      </Button>
    )
  }
  if (wantsProof(disable.error)) return <RefusedOrProof error={disable.error} again={nextCode.ask} />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        disable.mutate({ password, code })
      }}
    >
      <Stack gap={12}>
        <Title order={2}>{t('twoFactor.disable')}</Title>
        <Text>{t('twoFactor.disableText')}</Text>
        <Refused error={disable.error} sentences={rest} />
        <PasswordField
          label={t('proof.password')}
          autoComplete="current-password"
          value={password}
          onChange={({ currentTarget }) => setPassword(currentTarget.value)}
          error={fields.password}
        />
        <TextInput
          label={t('proof.code')}
          autoComplete="one-time-code"
          dir="ltr"
          required
          value={code}
          onChange={({ currentTarget }) => setCode(currentTarget.value)}
          error={fields.code}
          {...nextCode.field}
        />
        <Button type="submit" color="red" loading={disable.isPending}>
          {t('twoFactor.disable')}
        </Button>
      </Stack>
    </form>
  )
}
