import { Button, Checkbox, Group, Stack, Title } from '@mantine/core'
import { useState } from 'react'
import { type ApiKey, useChangeApiKey } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { useNextCode } from '../../feedback/next-code.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { endOf, RULE_NAMES, RuleFields, type Rules } from './rule-fields.tsx'

interface Props {
  apiKey: ApiKey
  onChanged: (key: ApiKey) => void
  onClose: () => void
}

/** Changes what a key may do, from where, until when and how often, and switches it off and on. */
export function EditKey({ apiKey, onChanged, onClose }: Props) {
  const { t, tError } = useI18n()
  const [rules, setRules] = useState<Rules>({
    scopes: apiKey.scopes ?? '',
    allowed_networks: apiKey.allowed_networks ?? '',
    last_day: apiKey.expires_at?.slice(0, 10) ?? '',
    rate: apiKey.rate ?? '',
  })
  const [isActive, setActive] = useState(apiKey.state === 'active')
  const [code, setCode] = useState('')
  const change = useChangeApiKey()
  const nextCode = useNextCode(change.reset)
  const { fields, rest } = faultsOf(change.error, { code: /code|totp/i, ...RULE_NAMES }, tError)
  const send = (totp_code: string) => {
    const { scopes } = rules
    // A moment of that day that was set elsewhere stays as it is.
    const isSameDay = rules.last_day !== '' && apiKey.expires_at?.startsWith(rules.last_day) === true
    const body = {
      totp_code,
      state: isActive ? 'active' : 'inactive',
      ...(scopes.trim() === '' ? {} : { scopes }),
      allowed_networks: rules.allowed_networks.trim() || 'any',
      ...(isSameDay ? {} : { expires_at: endOf(rules) ?? 'never' }),
      rate: rules.rate.trim() || 'off',
    }
    change.mutate({ uid: apiKey.uid, body }, { onSettled: () => setCode(''), onSuccess: onChanged })
  }
  if (wantsProof(change.error)) return <RefusedOrProof error={change.error} again={nextCode.ask} />
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send(code)
      }}
    >
      <Stack gap={16}>
        <Title order={3} className="figures">
          {t('apiKeys.changing', { uid: apiKey.uid })}
        </Title>
        <Refused error={change.error} sentences={rest} />
        <RuleFields rules={rules} faults={fields} onChange={setRules} />
        <Checkbox
          label={t('apiKeys.inUse')}
          checked={isActive}
          onChange={({ currentTarget }) => setActive(currentTarget.checked)}
        />
        <CodeField
          label={t('twoFactor.code')}
          description={t('twoFactor.code.hint')}
          value={code}
          onChange={setCode}
          onWhole={send}
          error={fields.code}
          {...nextCode.field}
        />
        <Group>
          <Button type="submit" loading={change.isPending}>
            {t('apiKeys.saveChanges')}
          </Button>
          <Button variant="default" onClick={onClose}>
            {t('apiKeys.leaveIt')}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
