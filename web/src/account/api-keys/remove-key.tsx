import { Button, Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import { useDeleteApiKey } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { useNextCode } from '../../feedback/next-code.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'

interface Props {
  uid: string
  onRemoved: () => void
  onClose: () => void
}

/** Removes a key by a fresh code. */
export function RemoveKey({ uid, onRemoved, onClose }: Props) {
  const { t, tError } = useI18n()
  const [code, setCode] = useState('')
  const remove = useDeleteApiKey()
  const nextCode = useNextCode(remove.reset)
  const { fields, rest } = faultsOf(remove.error, { code: /code|totp/i }, tError)
  const send = (totp_code: string) =>
    remove.mutate({ uid, totp_code }, { onSettled: () => setCode(''), onSuccess: onRemoved })
  if (wantsProof(remove.error)) return <RefusedOrProof error={remove.error} again={nextCode.ask} />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send(code)
      }}
    >
      <Stack gap={12}>
        <Text>{t('apiKeys.removing', { uid })}</Text>
        <Refused error={remove.error} sentences={rest} />
        <CodeField
          label={t('twoFactor.code')}
          description={t('twoFactor.code.hint')}
          value={code}
          onChange={setCode}
          onWhole={send}
          error={fields.code}
          autoFocus
          {...nextCode.field}
        />
        <Group>
          <Button type="submit" color="red" loading={remove.isPending}>
            {t('apiKeys.remove')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('apiKeys.leaveIt')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
