import { Button, Text } from '@mantine/core'
import type { ApiKey } from '../../api/api-keys.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { Tag } from '../../ui/tag.tsx'

interface Props {
  apiKey: ApiKey
  onChange: () => void
  onRemove: () => void
}

/** One key: what it may do, when it was used last, and what can be done to it. */
export function KeyRow({ apiKey, onChange, onRemove }: Props) {
  const { t, moment } = useI18n()
  const { uid, scopes, state, created_at, allowed_networks, expires_at, rate, last_used_at, last_used_from } = apiKey
  const lines = [
    allowed_networks && t('apiKeys.from', { networks: allowed_networks.replaceAll(',', ', ') }),
    expires_at && t('apiKeys.ends', { time: moment(expires_at) }),
    rate && t('apiKeys.limited', { rate: rate.replaceAll(',', ', ') }),
    last_used_at
      ? t('apiKeys.used', { time: moment(last_used_at), address: last_used_from ?? '?' })
      : t('apiKeys.unused'),
  ].filter((line) => line !== undefined && line !== '')
  return (
    <li className="row">
      <span>
        <Text fw={600} component="span" display="block" className="figures">
          <bdi>{uid}</bdi>
        </Text>
        <Text size="sm" c="dimmed" component="span" display="block">
          <bdi>{scopes}</bdi> · <time dateTime={created_at}>{moment(created_at)}</time>
        </Text>
        {lines.map((line) => (
          <Text key={line} size="sm" c="dimmed" component="span" display="block">
            {line}
          </Text>
        ))}
      </span>
      <span className="row-end">
        <Tag tone={state === 'active' ? 'good' : 'quiet'}>
          {t(state === 'active' ? 'apiKeys.active' : 'apiKeys.inactive')}
        </Tag>
        <Button variant="default" size="compact-md" aria-label={t('apiKeys.changeOf', { uid })} onClick={onChange}>
          {t('apiKeys.change')}
        </Button>
        <Button variant="default" size="compact-md" aria-label={t('apiKeys.removeOf', { uid })} onClick={onRemove}>
          {t('apiKeys.remove')}
        </Button>
      </span>
    </li>
  )
}
