import { Button, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { recoveryCodesQuery, useMakeRecoveryCodes } from '../../api/security.ts'
import { faultsOf } from '../../feedback/fields.ts'
import { useLeaveWarning } from '../../feedback/leaving.ts'
import { useNextCode } from '../../feedback/next-code.ts'
import { RefusedOrProof, wantsProof } from '../../feedback/proof.tsx'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { CodeField } from '../../ui/code-field.tsx'
import { saveText } from '../../ui/save-text.ts'

/** Codes for the day the phone is lost: how many are left, and new ones, by a code of the app where there is one. */
export function RecoveryCodes({ isNew = false, byCode = true }: { isNew?: boolean; byCode?: boolean }) {
  const { t, tError } = useI18n()
  const [code, setCode] = useState('')
  const { data } = useQuery(recoveryCodesQuery)
  const make = useMakeRecoveryCodes()
  const { fields, rest } = faultsOf(make.error, { code: /code/i }, tError)
  const send = (code: string) => make.mutate(code, { onSettled: () => setCode('') })
  const nextCode = useNextCode(make.reset)
  return (
    <Stack gap={12} component="section" aria-labelledby="recovery">
      <Title order={2} id="recovery">
        {t('recovery.title')}
      </Title>
      {make.data && <FreshCodes codes={make.data.codes} />}
      {wantsProof(make.error) && <RefusedOrProof error={make.error} again={byCode ? nextCode.ask : () => send('')} />}
      {!make.data && !wantsProof(make.error) && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            send(code)
          }}
        >
          <Stack gap={12}>
            <Text>
              {isNew || data?.left === 0 ? t('recovery.none') : t('recovery.left', { count: data?.left ?? 0 })}
            </Text>
            <Refused error={make.error} sentences={rest} />
            {byCode && (
              <CodeField
                label={t('twoFactor.code')}
                description={t(isNew ? 'proof.nextCode' : 'twoFactor.code.hint')}
                value={code}
                onChange={setCode}
                onWhole={send}
                error={fields.code}
                {...nextCode.field}
              />
            )}
            <Button type="submit" variant="default" loading={make.isPending}>
              {t('recovery.make')}
            </Button>
          </Stack>
        </form>
      )}
    </Stack>
  )
}

/** The codes, once. */
function FreshCodes({ codes }: { codes: readonly string[] }) {
  const { t } = useI18n()
  const [isSaved, setSaved] = useState(false)
  useLeaveWarning(() => !isSaved, t('recovery.leaving'))
  const save = () => {
    saveText('recovery-codes.txt', `${codes.join('\n')}\n`)
    setSaved(true)
  }
  return (
    <>
      <Text role="status">{t('recovery.keep')}</Text>
      <ol className="codes" dir="ltr">
        {codes.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ol>
      <Button variant="default" onClick={save}>
        {t('recovery.save')}
      </Button>
    </>
  )
}
