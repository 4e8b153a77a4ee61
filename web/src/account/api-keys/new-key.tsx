import { createKeyPair, type KeyPair } from '@barong/sdk'
import { Button, Code, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useCreateApiKey } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { saveText } from '../../ui/save-text.ts'
import { endOf, NO_RULES, RULE_NAMES, RuleFields, type Rules } from './rule-fields.tsx'

/** Makes a key pair in the browser, registers its public half and hands the private one to its owner. */
export function NewKey() {
  const { t, tError } = useI18n()
  const [rules, setRules] = useState(NO_RULES)
  const [code, setCode] = useState('')
  const [pair, setPair] = useState<KeyPair>()
  const create = useCreateApiKey()
  const { fields, rest } = faultsOf(create.error, { code: /code|totp/i, ...RULE_NAMES }, tError)
  const send = async (totp_code: string) => {
    const made = pair ?? (await createKeyPair())
    setPair(made)
    create.mutate({ public_key: made.publicKey, totp_code, ...saidOf(rules) }, { onSettled: () => setCode('') })
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
        <RuleFields rules={rules} faults={fields} onChange={setRules} />
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

/** What was filled in, as the server takes it. */
function saidOf(rules: Rules) {
  const said = { ...rules, last_day: '', expires_at: endOf(rules) ?? '' }
  return Object.fromEntries(Object.entries(said).filter(([, text]) => text.trim() !== ''))
}
