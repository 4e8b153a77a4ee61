import { createKeyPair, type KeyPair } from '@barong/sdk'
import { Button, Code, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { type ApiKey, useCreateApiKey } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { useLeaveWarning } from '../../feedback/leaving.ts'
import { useNextCode } from '../../feedback/next-code.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { saveText } from '../../ui/save-text.ts'
import { endOf, NO_RULES, RULE_NAMES, RuleFields, type Rules } from './rule-fields.tsx'

/** Makes a key pair in the browser, registers its public half and hands the private one to its owner. */
export function NewKey({ onMade }: { onMade: (key: ApiKey) => void }) {
  const { t, tError } = useI18n()
  const [rules, setRules] = useState(NO_RULES)
  const [code, setCode] = useState('')
  const [pair, setPair] = useState<KeyPair>()
  const create = useCreateApiKey()
  const nextCode = useNextCode(create.reset)
  const { fields, rest } = faultsOf(create.error, { code: /code|totp/i, ...RULE_NAMES }, tError)
  const send = async (totp_code: string) => {
    const made = pair ?? (await createKeyPair())
    setPair(made)
    const body = { public_key: made.publicKey, totp_code, ...saidOf(rules) }
    create.mutate(body, { onSettled: () => setCode(''), onSuccess: onMade })
  }
  if (create.data && pair) return <MadeKey uid={create.data.uid} privateKey={pair.privateKey} />
  if (wantsProof(create.error)) return <RefusedOrProof error={create.error} again={nextCode.ask} />
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
          description={t('twoFactor.code.hint')}
          value={code}
          onChange={setCode}
          onWhole={(whole) => void send(whole)}
          error={fields.code}
          {...nextCode.field}
        />
        <Button type="submit" loading={create.isPending}>
          {t('apiKeys.make')}
        </Button>
      </Stack>
    </form>
  )
}

/** The private half, which exists on this page alone until it is saved. */
function MadeKey({ uid, privateKey }: { uid: string; privateKey: string }) {
  const { t } = useI18n()
  const [isSaved, setSaved] = useState(false)
  useLeaveWarning(() => !isSaved, t('apiKeys.leaving'))
  const save = () => {
    saveText(`${uid}.pem`, privateKey)
    setSaved(true)
  }
  return (
    <Stack gap={12} role="status">
      <Title order={2}>{t('apiKeys.made')}</Title>
      <Text>{t('apiKeys.keep')}</Text>
      <Code block dir="ltr">
        {uid}
      </Code>
      <Button onClick={save}>{t('apiKeys.save')}</Button>
    </Stack>
  )
}

/** What was filled in, as the server takes it. */
function saidOf(rules: Rules) {
  const said = { ...rules, last_day: '', expires_at: endOf(rules) ?? '' }
  return Object.fromEntries(Object.entries(said).filter(([, text]) => text.trim() !== ''))
}
