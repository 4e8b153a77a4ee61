import { Checkbox, Stack, Switch, Textarea, TextInput } from '@mantine/core'
import { useState } from 'react'
import { type Application, useAddApplication, useChangeApplication } from '../../api/applications.ts'
import { useI18n } from '../../i18n/i18n.tsx'
import { FormDialog } from '../parts/form-dialog.tsx'
import { keysOfText, textOfKeys } from './keys.ts'

const GRANTS = [
  { type: 'authorization_code', name: 'code' },
  { type: 'refresh_token', name: 'refresh' },
  { type: 'client_credentials', name: 'itself' },
  { type: 'urn:ietf:params:oauth:grant-type:device_code', name: 'device' },
] as const

const linesOf = (text: string): string[] => text.split(/\s+/).filter((line) => line !== '')

interface Props {
  /** The one to change; undefined: a new one. */
  application: Application | undefined
  onClose: () => void
  onSecret: (made: { uid: string; secret: string }) => void
}

/** Registers an application, or changes one. */
export function ApplicationForm({ application, onClose, onSecret }: Props) {
  const { t } = useI18n()
  const add = useAddApplication()
  const change = useChangeApplication()
  const [name, setName] = useState(application?.name ?? '')
  const [redirects, setRedirects] = useState(application?.redirect_uris.join('\n') ?? '')
  const [resources, setResources] = useState(application?.resources.join('\n') ?? '')
  const [isBound, setBound] = useState(application?.dpop_bound_access_tokens ?? false)
  const [skipauth, setSkipauth] = useState(application?.skipauth ?? false)
  const [isPublic, setPublic] = useState(false)
  const [keys, setKeys] = useState(textOfKeys(application))
  const [grants, setGrants] = useState<readonly string[]>(
    application?.grant_types ?? ['authorization_code', 'refresh_token'],
  )
  const grant_types = GRANTS.flatMap(({ type }) => (grants.includes(type) ? [type] : []))
  const title = t(application ? 'console.edit' : 'console.application.add')
  const save = () => {
    const isWithoutKeys = isPublic || application?.public === true
    const input = {
      name,
      redirect_uris: linesOf(redirects),
      resources: linesOf(resources),
      grant_types,
      skipauth,
      dpop_bound_access_tokens: isBound,
      ...(isWithoutKeys ? {} : keysOfText(keys)),
    }
    if (application) return change.mutate({ uid: application.uid, change: input }, { onSuccess: onClose })
    return add.mutate(
      { ...input, public: isPublic },
      {
        onSuccess: ({ uid, secret }) => {
          if (!isPublic && secret !== undefined) onSecret({ uid, secret })
          onClose()
        },
      },
    )
  }
  return (
    <FormDialog
      title={title}
      confirm={t('console.save')}
      canConfirm={name.trim() !== '' && grant_types.length > 0}
      isPending={add.isPending || change.isPending}
      error={add.error ?? change.error}
      onConfirm={save}
      onClose={onClose}
    >
      <TextInput
        label={t('console.application.name')}
        data-autofocus
        required
        maxLength={255}
        value={name}
        onChange={({ currentTarget }) => setName(currentTarget.value)}
      />
      <Textarea
        label={t('console.application.redirects')}
        description={t('console.application.redirects.hint')}
        dir="ltr"
        autosize
        minRows={2}
        value={redirects}
        onChange={({ currentTarget }) => setRedirects(currentTarget.value)}
      />
      <Checkbox.Group label={t('console.application.grants')} value={[...grants]} onChange={setGrants}>
        <Stack gap={8} mt={4}>
          {GRANTS.map(({ type, name }) => (
            <Checkbox key={type} value={type} label={t(`console.application.grant.${name}`)} />
          ))}
        </Stack>
      </Checkbox.Group>
      <Textarea
        label={t('console.application.resources')}
        description={t('console.application.resources.hint')}
        dir="ltr"
        autosize
        minRows={1}
        value={resources}
        onChange={({ currentTarget }) => setResources(currentTarget.value)}
      />
      {!isPublic && !application?.public && (
        <Textarea
          label={t('console.application.keys')}
          description={t('console.application.keys.hint')}
          dir="ltr"
          autosize
          minRows={2}
          maxRows={8}
          value={keys}
          onChange={({ currentTarget }) => setKeys(currentTarget.value)}
        />
      )}
      {!application && (
        <Switch
          label={t('console.application.public.hint')}
          checked={isPublic}
          onChange={({ currentTarget }) => setPublic(currentTarget.checked)}
        />
      )}
      <Switch
        label={t('console.application.bound.hint')}
        checked={isBound}
        onChange={({ currentTarget }) => setBound(currentTarget.checked)}
      />
      <Switch
        label={t('console.application.own.hint')}
        checked={skipauth}
        onChange={({ currentTarget }) => setSkipauth(currentTarget.checked)}
      />
    </FormDialog>
  )
}
