import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { readSeedFile, SeedFileError } from './seed-file.ts'

const read = (source: string) => readSeedFile('seeds.yml', source)

describe('A seed file', () => {
  test('holds levels, accounts with phone and profile, and applications', () => {
    const seeds = read(`
levels:
  - { key: email, value: verified, description: Mail }
accounts:
  - account: { email: ann@example.com, password: 12345678, role: compliance, level: 2 }
    phone: { number: +4915112345678 }
    profile: { first_name: Ann, last_name: Lee, dob: 1990-01-02, address: Road 1, postcode: 01067, city: Kiev, country: UA }
applications:
  - { name: Shop, redirect_uri: 'https://shop.example/cb', skipauth: true, uid: abc, secret: def, scopes: openid }
  - { name: Bot, resources: 'https://a.example/  urn:b', dpop_bound_access_tokens: true }
`)
    assert.deepEqual(seeds.levels, [{ key: 'email', value: 'verified', description: 'Mail' }])
    const [account] = seeds.accounts
    assert.deepEqual(
      [account?.password, account?.role, account?.state, account?.level],
      ['12345678', 'compliance', 'active', 2],
    )
    assert.equal(account?.phone, '4915112345678')
    assert.deepEqual([account?.profile?.dob, account?.profile?.country], ['1990-01-02', 'UA'])
    assert.deepEqual([seeds.applications[0]?.skipauth, seeds.applications[0]?.scopes], [true, 'openid'])
    assert.deepEqual(
      seeds.applications.map(({ resources, dpop_bound_access_tokens }) => [resources, dpop_bound_access_tokens]),
      [
        [undefined, false],
        ['https://a.example/ urn:b', true],
      ],
    )
    assert.deepEqual(seeds.remarks, [])
  })

  test('may lack every list', () => {
    assert.deepEqual(read(''), { levels: [], accounts: [], applications: [], remarks: [] })
    assert.deepEqual(read('levels:\naccounts: []').levels, [])
  })

  test('remarks on what it does not know, and goes on', () => {
    const { remarks } = read('plugins: []\naccounts:\n  - account: { email: a@b.co, shoe_size: 44 }')
    assert.deepEqual(remarks, [
      'seeds.yml, line 1: plugins is not known and left out.',
      'seeds.yml, line 3: accounts[0].account.shoe_size is not known and left out.',
    ])
  })

  const mistakes = {
    'levels: {}': 'seeds.yml, line 1: levels must be a list.',
    'levels:\n  - key: email\n    value: [1]': 'seeds.yml, line 3: levels[0].value must be a text.',
    'levels:\n  - key: email': 'seeds.yml, line 2: levels[0].value is missing.',
    'accounts:\n  - email: a@b.co': 'seeds.yml, line 2: accounts[0].account is missing.',
    'accounts:\n  - account:\n      level: two': 'seeds.yml, line 3: accounts[0].account.level must be a whole number.',
    'accounts:\n  - account: {}\n    profile: { metadata: x }':
      'seeds.yml, line 3: accounts[0].profile.metadata must be a map.',
    'applications:\n  - redirect_uri: x': 'seeds.yml, line 2: applications[0].name is missing.',
    'applications:\n  - name: x\n    skipauth: maybe':
      'seeds.yml, line 3: applications[0].skipauth must be true or false.',
    '- a list': 'seeds.yml, line 1: The file must be a map of lists.',
    'levels:\n  - [': /^seeds\.yml, line [23]: /,
    'accounts:\n  - account:\n      email: <%= ENV["X"] %>':
      'seeds.yml, line 3: ERB is not evaluated; write the value itself, or leave the field out.',
  }
  for (const [source, message] of Object.entries(mistakes)) {
    test(`tells line and field of the mistake in ${JSON.stringify(source)}`, () => {
      assert.throws(
        () => read(source),
        (error) => {
          assert.ok(error instanceof SeedFileError)
          if (typeof message === 'string') assert.equal(error.message, message)
          else assert.match(error.message, message)
          return true
        },
      )
    })
  }
})
