import { createKeyPair, type KeyPair } from '@barong/sdk'
import { Button, Code, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState } from 'react'
import { useCreateApiKey } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { saveText } from '../../ui/save-text.ts'

/** Makes a key pair in the browser, registers its public half and hands the private one to its owner. */
export function NewKey() {
  const { t, tError } = useI18n()
  const [scopes, setScopes] = useState('trade')
  const [code, setCode] = useState('')
  const [pair, setPair] = useState<KeyPair>()
  const create = useCreateApiKey()
  const { fields, rest } = faultsOf(create.error, { code: /code|totp/i, scopes: /scope/i }, tError)
  const send = async (totp_code: string) => {
    const made = pair ?? (await createKeyPair())
    setPair(made)
    create.mutate({ public_key: made.publicKey, scopes, totp_code }, { onSettled: () => setCode('') })
  }
  if (create.data && pair) {
    return (
      <Stack gap={12} role="status">
        <Title order={2}>{t('apiKeys.made')}</Title>
        <Text>{t('apiKeys.keep')}</Text>
        <Code block dir="ltr">
          {create.data.uid}
        </Code>
        <Button onClick={() => saveText(`${create.data.uid}.pem`, pair.privateKey)}>{t('apiKeys.save')}</Button>
      </Stack>
    )
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        void send(code)
      }}
    >
      <Stack gap={16}>
        <Title order={2}>{t('apiKeys.new')}</Title>
        <Refused error={create.error} sentences={rest} />
        <TextInput
          label={t('apiKeys.scopes')}
          description={t('apiKeys.scopesHint')}
          dir="ltr"
          value={scopes}
          onChange={({ currentTarget }) => setScopes(currentTarget.value)}
          error={fields.scopes}
        />
        <CodeField
          label={t('twoFactor.code')}
          value={code}
          onChange={setCode}
          onWhole={(whole) => void send(whole)}
          error={fields.code}
        />
        <Button type="submit" loading={create.isPending}>
          {t('apiKeys.make')}
        </Button>
      </Stack>
    </form>
  )
}
