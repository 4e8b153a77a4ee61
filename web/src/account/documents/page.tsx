import { Anchor, Skeleton, Stack, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { labelsQuery } from '../../api/account.ts'
import { documentsQuery } from '../../api/documents.ts'
import { ownReviewQuery } from '../../api/own-review.ts'
import { Refused } from '../../feedback/refused.tsx'
import { useI18n } from '../../i18n/i18n.tsx'
import { isTurnedBack, stepsOf } from '../home/steps.ts'
import { AccountPage } from '../page-frame.tsx'
import { Verdict } from '../verdict/verdict.tsx'
import { DocumentForm } from './form.tsx'
import { HandedIn } from './handed-in.tsx'

/** Papers that prove who the person is, how their review stands, and what was wrong with them. */
export default function DocumentsPage() {
  const { t } = useI18n()
  const documents = useQuery(documentsQuery)
  const labels = useQuery(labelsQuery)
  const review = useQuery(ownReviewQuery)
  const error = documents.error ?? labels.error ?? review.error
  if (!documents.data || !labels.data || !review.data)
    return error ? <Refused error={error} /> : <Skeleton height={320} />
  const { identity } = stepsOf(labels.data, review.data.may_hand_in)
  const state = identity === 'next' ? 'open' : identity
  const list = <HandedIn documents={documents.data} state={state} />
  return (
    <AccountPage title={t('documents.title')} lead={t(`documents.state.${state}`)} back="/account">
      <Refused error={error} />
      {(isTurnedBack(state) || state === 'closed') && <Verdict review={review.data} />}
      {isTurnedBack(state) && (
        <Anchor component={Link} to="/account/profile">
          {t('verdict.profile')}
        </Anchor>
      )}
      {state === 'waiting' && list}
      {state !== 'done' && state !== 'closed' && (
        <Stack gap={16} component="section" aria-labelledby={documents.data.length > 0 ? 'further' : undefined}>
          {documents.data.length > 0 && (
            <Title order={2} id="further">
              {t(isTurnedBack(state) ? 'documents.again' : 'documents.further')}
            </Title>
          )}
          <DocumentForm />
        </Stack>
      )}
      {state !== 'waiting' && list}
    </AccountPage>
  )
}
