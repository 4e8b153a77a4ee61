import assert from 'node:assert/strict'
import { createPublicKey } from 'node:crypto'
import { test } from 'node:test'
import { addSignature, type Signature, type SignedRequest } from '../../../../sdk/src/management.ts'
import { signatureOf } from '../../../../sdk/src/signatures.ts'
import { onEachDatabase } from '../../../test/support/databases.ts'
import { anAccount } from '../../../test/support/factories.ts'
import { type TestServer, testServer } from '../../../test/support/server.ts'
import {
  alex,
  aSigner,
  james,
  jeff,
  sendManaged,
  signedAt,
  signersAllowed,
  stranger,
} from '../../../test/support/signers.ts'
import { tableDigests } from '../../../test/support/table-digest.ts'
import { BODY_LIMIT } from '../../platform/http/body-limits.ts'

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
/** Whose signatures the forgeries below carry that are right in themselves. */
const REFUSED_SIGNERS = ['jeff', 'alex', 'alex', 'alex']

interface Forgery {
  title: string
  statuses: readonly number[]
  make(server: TestServer, data: Record<string, unknown>): unknown
}

/** A request alex signed, with this in the place of the signature. */
const instead = (server: TestServer, data: Record<string, unknown>, signature: Partial<Signature>): SignedRequest => {
  const { payload, signatures } = signedAt(server, { data, audience: 'barong' }, [alex])
  return { payload, signatures: signatures.map((right) => ({ ...right, ...signature })) }
}
const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels)

const FORGERIES: Forgery[] = [
  {
    title: 'HS256 keyed with the public key',
    statuses: [401],
    make: (server, data) => {
      const { payload } = signedAt(server, { data, audience: 'barong' }, [alex])
      const hs256 = { kid: 'alex', key: Buffer.from(alex.public_pem), algorithm: 'HS256' } as const
      return addSignature({ payload, signatures: [] }, hs256)
    },
  },
  ...['none', 'None', 'NONE', ''].map((alg) => ({
    title: `the algorithm '${alg}'`,
    statuses: [401],
    make: (server: TestServer, data: Record<string, unknown>) =>
      instead(server, data, { protected: encode({ alg }), signature: '' }),
  })),
  {
    title: 'an empty signature',
    statuses: [401],
    make: (server, data) => instead(server, data, { signature: '' }),
  },
  {
    title: 'the algorithm in the header that is not signed',
    statuses: [401],
    make: (server, data) =>
      instead(server, data, {
        protected: encode({}),
        header: Object.assign({ kid: 'alex' }, { alg: 'RS256' }),
      }),
  },
  {
    title: 'another algorithm of the same key',
    statuses: [401],
    make: (server, data) => signedAt(server, { data, audience: 'barong' }, [{ ...alex, algorithm: 'PS256' }]),
  },
  {
    title: "a foreign key under a signer's name",
    statuses: [401],
    make: (server, data) => signedAt(server, { data, audience: 'barong' }, [{ ...aSigner('alex') }]),
  },
  {
    title: 'a key that the request brings along',
    statuses: [401],
    make: (server, data) => {
      const own = aSigner('alex')
      const { payload } = signedAt(server, { data, audience: 'barong' }, [own])
      const header = encode({
        alg: 'RS256',
        jwk: createPublicKey(own.key).export({ format: 'jwk' }),
        x5u: 'https://a.b',
      })
      const signature = signatureOf(`${header}.${payload}`, own)
      return { payload, signatures: [{ protected: header, header: { kid: 'alex' }, signature }] }
    },
  },
  {
    title: 'a signer who is not permitted',
    statuses: [401],
    make: (server, data) => signedAt(server, { data, audience: 'barong' }, [james]),
  },
  {
    title: 'the mandatory signature stripped',
    statuses: [401],
    make: (server, data) => {
      const { payload, signatures } = signedAt(server, { data, audience: 'barong' }, [alex, jeff])
      return { payload, signatures: signatures.slice(1) }
    },
  },
  {
    title: 'all signatures stripped',
    statuses: [401],
    make: (server, data) => ({ ...signedAt(server, { data, audience: 'barong' }, [alex]), signatures: [] }),
  },
  {
    title: 'an altered payload',
    statuses: [401],
    make: (server, data) => ({
      ...signedAt(server, { data: {}, audience: 'barong' }, [alex]),
      payload: signedAt(server, { data, audience: 'barong' }, [alex]).payload,
    }),
  },
  {
    title: 'a second signature that is wrong',
    statuses: [401],
    make: (server, data) => {
      const { payload, signatures } = signedAt(server, { data, audience: 'barong' }, [alex, jeff])
      const [right, wrong] = signatures
      return { payload, signatures: [right, { ...wrong, signature: right?.signature }] }
    },
  },
  {
    title: 'another audience',
    statuses: [401],
    make: (server, data) => signedAt(server, { data, audience: ['peatio'] }, [alex]),
  },
  {
    title: 'no audience',
    statuses: [401],
    make: (server, data) => signedAt(server, { data }, [alex]),
  },
  {
    title: 'an expiry that is over',
    statuses: [401],
    make: (server, data) => signedAt(server, { data, audience: 'barong', expiresIn: -1 }, [alex]),
  },
  {
    title: 'a compact JWT',
    statuses: [401],
    make: (server, data) => {
      const { payload, signatures } = signedAt(server, { data, audience: 'barong' }, [alex])
      return JSON.stringify(`${signatures[0]?.protected}.${payload}.${signatures[0]?.signature}`)
    },
  },
  { title: 'a body beyond all bounds', statuses: [413], make: () => `{"payload":"${'a'.repeat(BODY_LIMIT)}"}` },
  { title: 'a body of as many brackets as fit', statuses: [400], make: () => deep(BODY_LIMIT / 2 - 100) },
  {
    title: 'signatures nested deeper than anybody needs',
    statuses: [400],
    make: () => `{"payload":"e30","signatures":${deep(10_000)}}`,
  },
  {
    title: 'a payload nested deeper than anybody needs',
    statuses: [401],
    make: (server) =>
      addSignature(
        { ...signedAt(server, {}, [alex]), payload: Buffer.from(`{"data":${deep(20_000)}}`).toString('base64url') },
        alex,
      ),
  },
]

/** Of every table but the log that refusals are recorded in. */
async function digestOf(server: TestServer): Promise<string> {
  const { audit_records: _, ...digests } = await tableDigests(server)
  return JSON.stringify(digests)
}

const refusalsIn = async ({ deps }: TestServer) =>
  (
    await deps.db.selectFrom('audit_records').select('actor_id').where('action', '=', 'management.refused').execute()
  ).map(({ actor_id }) => actor_id)

onEachDatabase('What the management API refuses to known signers', (newDatabase) => {
  // ASVS 16.3.2, 16.3.3
  test('is in the audit log, with who asked for what', async () => {
    await using server = await testServer(await newDatabase(), signersAllowed())
    const ask = async (path: string, data: Record<string, unknown>) =>
      (await sendManaged(server, path, signedAt(server, { data }, [alex]))).status
    assert.deepEqual(
      [
        await ask('/labels', { account_uid: 'ID0000000000', key: 'phone', value: 'verified' }),
        await ask('/labels', { key: 'phone' }),
        await ask('/nothing', {}),
        (await sendManaged(server, '/nothing', signedAt(server, {}, [stranger]))).status,
      ],
      [404, 422, 404, 401],
    )
    const records = await server.deps.db
      .selectFrom('audit_records')
      .select(['actor_kind', 'actor_id', 'code', 'details'])
      .where('action', '=', 'management.refused')
      .orderBy('id')
      .execute()
    const told = records.map(({ actor_kind, actor_id, code, details }) => [actor_kind, actor_id, code, details])
    const by = ['signer', 'alex']
    const labels = JSON.stringify({ operation: 'POST /management_api/v1/labels' })
    assert.deepEqual(told, [
      [...by, 'management.notFound', labels],
      [...by, 'http.parameters', labels],
      // Not as it was typed: an address may hold anything.
      [...by, 'management.unknown', JSON.stringify({ operation: 'POST unknown' })],
    ])
  })
})

onEachDatabase('Forged requests to the management API', (newDatabase) => {
  test('change nothing, whatever they are', async () => {
    const settings = signersAllowed({ verify_aud: true, aud: 'barong' })
    await using server = await testServer(await newDatabase(), settings)
    const { uid } = await anAccount(server)
    const data = { account_uid: uid, key: 'phone', value: 'verified' }
    const before = await digestOf(server)
    for (const { title, statuses, make } of FORGERIES) {
      const body = make(server, data)
      const answer = await sendManaged(server, '/labels', body)
      assert.ok(statuses.includes(answer.status), `${title}: ${answer.status} ${JSON.stringify(answer.body)}`)
      assert.equal(typeof answer.body.error, 'string', title)
      assert.equal(await digestOf(server), before, title)
    }
    // A wrong or missing audience, and an expiry, were what known signers signed; of the rest nothing is written at all.
    assert.deepEqual(await refusalsIn(server), REFUSED_SIGNERS)
    const honest = signedAt(server, { data, audience: 'barong' }, [alex])
    assert.equal((await sendManaged(server, '/labels', honest)).status, 201)
    const after = await digestOf(server)
    assert.notEqual(after, before)
    const replays = await Promise.all([1, 2, 3, 4].map(() => sendManaged(server, '/labels', honest)))
    assert.deepEqual(
      replays.map((answer) => answer.status),
      [401, 401, 401, 401],
    )
    assert.equal(await digestOf(server), after)
  })

  test('take effect once when an honest one is copied on its way', async () => {
    await using server = await testServer(await newDatabase(), signersAllowed())
    const { uid } = await anAccount(server)
    const request = signedAt(server, { data: { account_uid: uid, key: 'email' } }, [alex])
    const answers = await Promise.all(Array.from({ length: 6 }, () => sendManaged(server, '/labels/delete', request)))
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [204, 401, 401, 401, 401, 401])
  })
})
