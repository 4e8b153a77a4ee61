import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, test } from 'node:test'
import { aFolder, barong, launch } from '../../test/support/command-line.ts'

describe('A mistake at the command line', () => {
  test('about a file is told in one sentence, as is what it cannot be read as', async () => {
    using folder = aFolder()
    mkdirSync(folder.path, { mode: 0o700 })
    const here = join(folder.path, 'here.json')
    writeFileSync(here, 'no JSON')
    const cases: [args: string, code: number, sentence: string][] = [
      ['import accounts /nofile.csv', 1, '/nofile.csv is not there.'],
      [
        `import accounts ${folder.path}`,
        1,
        'The name of the file must end in .csv, .ndjson or .jsonl, with or without .gz.',
      ],
      ['import barong1 --from /nofile.sql', 1, '/nofile.sql is not there.'],
      [`export accounts ${here}`, 1, `${here} is there already; name another file, or move it away.`],
      ['export accounts /nowhere/all.ndjson', 1, 'There is no folder /nowhere.'],
      ['audit export --file /nowhere/log --keys /nowhere/keys', 1, 'There is no folder /nowhere.'],
      ['audit verify --file /nolog --keys /nokeys', 1, '/nokeys is not there.'],
      [`audit verify --file /nolog --keys ${here}`, 2, `--keys: ${here} is no file with a JWK Set.`],
    ]
    await barong(folder.path, 'seed')
    for (const [args, code, sentence] of cases) {
      const { problems, ...told } = await barong(folder.path, args)
      assert.deepEqual([told.code, problems.split('\n')[0]], [code, sentence])
      assert.doesNotMatch(problems, /\n {4}at /)
    }
  })
})

test('A reader that leaves changes neither what is done nor its status', async () => {
  using folder = aFolder()
  const child = launch(folder.path, ['doctor'], { SMTP_ADDRESS: '127.0.0.1', SMTP_PORT: '1' })
  child.stdout.destroy()
  const [problems, [code]] = await Promise.all([text(child.stderr), once(child, 'close')])
  assert.deepEqual([code, problems], [1, ''])
})
