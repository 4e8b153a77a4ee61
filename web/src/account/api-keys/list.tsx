import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { useDeleteApiKey, useListApiKeys } from '../../api/api-keys.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { Tag } from '../../ui/tag.tsx'

/** The keys there are; the server shows and removes them by a fresh code each time. */
export function KeyList() {
  const { t, tError, moment } = useI18n()
  const [code, setCode] = useState('')
  const [removing, setRemoving] = useState<string>()
  const list = useListApiKeys()
  const remove = useDeleteApiKey()
  const asked = removing === undefined ? list : remove
  const { fields, rest } = faultsOf(asked.error, { code: /code|totp/i }, tError)
  const clear = () => setCode('')
  const send = (totp_code: string) => {
    if (removing === undefined) list.mutate(totp_code, { onSettled: clear })
    else remove.mutate({ uid: removing, totp_code }, { onSettled: clear, onSuccess: () => setRemoving(undefined) })
  }
  const keys = list.data?.filter(({ uid }) => !remove.isSuccess || uid !== remove.variables.uid)
  return (
    <Stack gap={16} component="section" aria-labelledby="keys">
      <Title order={2} id="keys">
        {t('apiKeys.list')}
      </Title>
      <Refused error={asked.error} sentences={rest} />
      {keys?.length === 0 && <Text c="dimmed">{t('apiKeys.none')}</Text>}
      {keys && keys.length > 0 && (
        <ul className="rows">
          {keys.map(({ uid, scopes, state, created_at }) => (
            <li key={uid} className="row">
              <span>
                <Text fw={600} component="span" display="block" className="figures">
                  <bdi>{uid}</bdi>
                </Text>
                <Text size="sm" c="dimmed" component="span" display="block">
                  <bdi>{scopes}</bdi> · <time dateTime={created_at}>{moment(created_at)}</time>
                </Text>
              </span>
              <span className="row-end">
                <Tag tone={state === 'active' ? 'good' : 'quiet'}>
                  {t(state === 'active' ? 'apiKeys.active' : 'apiKeys.inactive')}
                </Tag>
                <Button
                  variant="default"
                  size="compact-md"
                  aria-label={t('apiKeys.removeOf', { uid })}
                  onClick={() => setRemoving(uid)}
                >
                  {t('apiKeys.remove')}
                </Button>
              </span>
            </li>
          ))}
        </ul>
      )}
      {(!keys || removing !== undefined) && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            send(code)
          }}
        >
          <Stack gap={12}>
            {removing !== undefined && <Text>{t('apiKeys.removing', { uid: removing })}</Text>}
            <CodeField label={t('twoFactor.code')} value={code} onChange={setCode} onWhole={send} error={fields.code} />
            <Group>
              <Button type="submit" variant="default" loading={asked.isPending}>
                {t(removing === undefined ? 'apiKeys.show' : 'apiKeys.remove')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Stack>
  )
}
