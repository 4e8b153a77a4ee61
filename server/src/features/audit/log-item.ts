import { Type } from 'typebox'
import { Compile } from 'typebox/compile'

const Text = Type.String()
const Place = Type.Integer()
const orNull = <T extends Type.TSchema>(type: T) => Type.Union([type, Type.Null()])

const Item = Type.Union([
  Type.Object({ checkpoint: Text }),
  Type.Object({
    record: Type.Object({
      id: Place,
      created_at: Text,
      action: Text,
      result: Type.Union([Type.Literal('ok'), Type.Literal('refused')]),
      code: orNull(Text),
      request_id: orNull(Text),
      actor_kind: Type.Union(
        (['person', 'administrator', 'signer', 'application', 'system', 'stranger'] as const).map((kind) =>
          Type.Literal(kind),
        ),
      ),
      actor_id: orNull(Text),
      address: orNull(Text),
      user_agent: orNull(Text),
      actor_salt: orNull(Text),
      actor_commitment: Text,
      account_id: orNull(Place),
      details: orNull(Text),
      subject_salt: orNull(Text),
      subject_commitment: Text,
      seq: Place,
      previous_hash: Text,
      hash: Text,
    }),
  }),
])
/** Tells whether a line of an exported log is one. Slow to load, and for files alone. */
export const logItem = Compile(Item)
