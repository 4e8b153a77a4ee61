import { type Static, Type } from 'typebox'
import { anyText } from '../../platform/http/parameters.ts'
import { personal } from '../../platform/http/searches.ts'
import { closedSet, openSet } from '../../platform/http/sets.ts'
import { actions } from './actions.ts'

export const ActivityQuery = Type.Object({
  limit: Type.Optional(anyText('Limit', { description: 'How many at most, from 1 to 100. Default: 25' })),
  before: Type.Optional(anyText('Before', { description: 'Only those before the one of this id: the next page' })),
  topic: Type.Optional(
    anyText('Topic', { description: 'Only `security`: changes of what signs in, or of what has access' }),
  ),
})

const orNull = Type.Union([Type.String(), Type.Null()])
const KINDS = ['person', 'administrator', 'signer', 'application', 'system', 'stranger'] as const
const RESULTS = ['ok', 'refused'] as const

/** What was done. */
export const AuditAction = openSet('AuditAction', Object.keys(actions))
export const AuditResult = closedSet('AuditResult', RESULTS)
/** Who does things. */
export const ActorKind = closedSet('ActorKind', KINDS)

/** What happened to an account, as its owner sees it. */
export const ActivityView = Type.Object(
  {
    id: Type.Integer(),
    action: AuditAction,
    result: AuditResult,
    by: ActorKind,
    address: orNull,
    device: orNull,
    at: Type.String(),
  },
  { title: 'Activity' },
)

const instant = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))

export const RecordId = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

export const RecordQuery = Type.Object({
  account: Type.Optional(Type.String({ ...personal, maxLength: 255, description: 'On whom: the uid of an account' })),
  actor_kind: Type.Optional(Type.Enum([...KINDS])),
  actor: Type.Optional(
    Type.String({
      ...personal,
      maxLength: 255,
      description: 'Who: the uid of an account, the id of an application, names of signers, a command',
    }),
  ),
  action: Type.Optional(Type.Enum(Object.keys(actions))),
  result: Type.Optional(Type.Enum([...RESULTS])),
  address: Type.Optional(Type.String({ ...personal, maxLength: 64, description: 'From which IP address' })),
  since: instant('Then or later'),
  until: instant('Before'),
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 25 }),
  before: Type.Optional(
    Type.Integer({ minimum: 1, description: 'Only those before the one of this id: the next page' }),
  ),
})
export type RecordQuery = Static<typeof RecordQuery>

/** A record as those who review the log see it. */
export const RecordView = Type.Object(
  {
    id: Type.Integer(),
    at: Type.String(),
    action: AuditAction,
    result: AuditResult,
    code: orNull,
    actor: Type.Object({
      kind: ActorKind,
      id: Type.Union([Type.String(), Type.Null()], { description: 'The uid where it is an account’s' }),
    }),
    address: orNull,
    user_agent: orNull,
    request_id: orNull,
    account_uid: orNull,
    details: Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()]),
    erased: Type.Boolean({ description: 'Personal data was erased from it' }),
    seq: Type.Union([Type.Integer({ description: 'Its place in the chain' }), Type.Null()]),
    hash: orNull,
  },
  { title: 'AuditRecord' },
)
export type RecordView = Static<typeof RecordView>

/** What a verification found. */
export const VerificationView = Type.Object(
  {
    at: Type.String({ description: 'When it ended' }),
    whole: Type.Boolean(),
    records: Type.Integer(),
    checkpoints: Type.Integer(),
    signed: Type.Integer({ description: 'Place of the last record under a signature' }),
    broken_at: Type.Union([Type.Integer({ description: 'Place of the first record that is wrong' }), Type.Null()]),
    why: orNull,
  },
  { title: 'Verification' },
)
export type VerificationView = Static<typeof VerificationView>

/** The state of the chain. */
export const ChainView = Type.Object(
  {
    records: Type.Integer({ description: 'How many are chained' }),
    hash: Type.String({ description: 'Of the last of them' }),
    unchained: Type.Integer({ description: 'How many wait to be chained' }),
    checkpoint: Type.Union([
      Type.Object({ jws: Type.String(), seq: Type.Integer(), kid: Type.String(), signed_at: Type.String() }),
      Type.Null(),
    ]),
    verifying: Type.Boolean({ description: 'Whether the server that answers verifies the log now' }),
    verification: Type.Union([VerificationView, Type.Null()]),
  },
  { title: 'AuditChain' },
)
export type ChainView = Static<typeof ChainView>
