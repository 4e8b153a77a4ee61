import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse } from 'yaml'
import { loadConfig } from '../../src/platform/config/config.ts'
import { settings } from '../../src/platform/config/settings.ts'
import { onEachDatabase } from '../support/databases.ts'
import { testServer } from '../support/server.ts'

const deploy = (path: string) => join(import.meta.dirname, '../../../deploy', path)
const read = (path: string) => readFileSync(deploy(path), 'utf8')

/** Replaces `${NAME}`, `${NAME:?}` and `${NAME:-default}` as docker compose does; a value that must be there is made up. */
const filledIn = (text: string, values: NodeJS.Dict<string>) =>
  text.replace(
    /\$\{(\w+)(?::(-|\?)([^}]*))?\}/g,
    (_, name: string, kind = '', fallback = '') =>
      values[name] || (kind === '-' ? fallback : 'a-secret-of-32-characters-at-least'),
  )

const environmentOf = (lines: string): Record<string, string> =>
  Object.fromEntries([...lines.matchAll(/^([A-Z_\d]+)=(.*)$/gm)].map(([, name = '', value = '']) => [name, value]))

const MASTER_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index)).toString('base64')

describe('What is deployed', () => {
  test('names only settings there are', () => {
    const chart = parse(read('helm/barong/values.yaml'))
    const compose = parse(read('compose.yml'))
    const image = [...read('Dockerfile').matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) => line.split(' '))
    const unit = /^Environment=(.*)$/m.exec(read('systemd/barong.service'))?.[1]?.split(' ') ?? []
    const names = [
      ...Object.keys(chart.settings),
      ...Object.keys(compose.services.barong.environment),
      ...[...image, ...unit].map((pair) => pair.split('=')[0] ?? ''),
    ]
    assert.ok(names.length > 30, 'all of them were found')
    assert.deepEqual(
      names.filter((name) => !Object.hasOwn(settings, name)),
      [],
    )
  })

  test('runs images of releases by their numbers, none that becomes another one by itself', () => {
    const { services }: { services: Record<string, { image: string; build?: object }> } = parse(read('compose.yml'))
    const named = Object.values(services).flatMap(({ image, build }) => (build ? [] : [image]))
    const bases = [...read('Dockerfile').matchAll(/^ARG (?:BUILDER|BASE)=(\S+)$/gm)].map(([, image = '']) => image)
    assert.deepEqual([named.length, bases.length], [3, 2])
    for (const image of [...named, ...bases])
      assert.match(image, /^[\w./-]+:(v?\d+\.\d+(\.\d+)?|bookworm-\d{8})(-[\w-]+)?$/)
  })

  test('with compose starts in production with the example filled in', () => {
    const values = { ...environmentOf(read('compose.env.example')), BARONG_MASTER_KEY: MASTER_KEY }
    const { environment }: { environment: Record<string, string> } = parse(read('compose.yml')).services.barong
    const filled = Object.entries(environment).map(([name, text]) => [name, filledIn(text, values)])
    const config = loadConfig({ ...Object.fromEntries(filled), BARONG_ENV: 'production' })
    assert.deepEqual([config.production, config.database.kind], [true, 'postgres'])
  })

  test('with the chart starts in production with its values and a Secret', () => {
    const { settings: given, url } = parse(read('helm/barong/values.yaml'))
    const secret = {
      BARONG_MASTER_KEY: MASTER_KEY,
      DATABASE_URL: 'postgres://db/barong?sslmode=verify-full',
      STORAGE_ACCESS_KEY: 'x',
      STORAGE_SECRET_KEY: 'x',
      SMS_HOOK_SECRET: 'a secret of the hook',
    }
    const config = loadConfig({ ...given, ...secret, BARONG_URL: url, BARONG_ENV: 'production' })
    assert.equal(config.production, true)
  })
})

onEachDatabase('Who watches', (newDatabase) => {
  const names = (expressions: readonly string[]) =>
    expressions.flatMap((text) => [...text.matchAll(/\b(?:barong|process|nodejs)_\w+/g)].map(([name]) => name))
  const { panels }: { panels: { targets: { expr: string }[] }[] } = JSON.parse(read('grafana/barong.json'))
  const shown = names(panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)))
  const rules: { alert: string; expr: string; annotations: object }[] = parse(read('prometheus/barong.rules.yml'))
    .groups[0].rules
  const asked = names(rules.map(({ expr }) => expr))
  const ofMetric = (name: string) => name.replace(/_(bucket|count|sum)$/, '')

  test('asks by dashboard and rules only for metrics there are, and sees all of ours', async () => {
    await using server = await testServer(await newDatabase())
    const { text } = await server.deps.metrics.expose()
    const known = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name))
    assert.ok(shown.length >= 12 && asked.length >= 10)
    assert.deepEqual(
      [...shown, ...asked].filter((name) => !known.has(ofMetric(name))),
      [],
    )
    const seen = new Set(shown.map(ofMetric))
    assert.deepEqual(
      [...known].filter((name) => name.startsWith('barong_') && !seen.has(name)),
      [],
    )
  })

  test('is told by each rule what is wrong and what to do', () => {
    for (const { alert, annotations } of rules) assert.deepEqual(Object.keys(annotations), ['summary', 'action'], alert)
    assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length)
  })
})
