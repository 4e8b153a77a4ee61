import { deepEqual, equal, match, ok } from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { registerHooks } from 'node:module'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { billOfMaterials } from './sbom/bom.ts'
import { closureOf, readLockfile } from './sbom/lockfile.ts'

const run = promisify(execFile)
const root = new URL('../', import.meta.url)
const lock = readLockfile(new URL('package-lock.json', root))

describe('The bill of materials', () => {
  // ASVS 15.1.2
  test('names every package that the server loads, and that npm knows to be needed, and none that is for development', async () => {
    const bill = new Set(billOfMaterials(lock).components.map(({ purl }) => decodeURIComponent(purl)))
    const purlAt = (place: string) => `pkg:npm/${place.split('node_modules/').at(-1)}@${lock[place]?.version}`
    const loaded = new Set<string>()
    const hooks = registerHooks({
      load: (url, context, next) => {
        const place =
          /\/((?:node_modules\/(?:@[^/]+\/)?[^/]+\/)*node_modules\/(?:@[^/]+\/)?[^/]+)\/(?!node_modules)/.exec(url)?.[1]
        if (place !== undefined) loaded.add(place)
        return next(url, context)
      },
    })
    await Promise.all([
      import('../server/src/wire.ts'),
      import('../server/src/app.ts'),
      import('../server/src/cli/serve.ts'),
    ])
    hooks.deregister()
    ok(loaded.size > 50 && loaded.has('node_modules/fastify'))
    // What is there for tests alone and happens to be looked for, production does not have.
    const own = [...loaded].filter((place) => !lock[place]?.dev)
    deepEqual(
      own.map(purlAt).filter((purl) => !bill.has(purl)),
      [],
    )

    const args = ['sbom', '--sbom-format=cyclonedx', '--omit=dev', '--package-lock-only', '-w', 'server', '-w', 'web']
    const { stdout } = await run('npm', args, { cwd: root, maxBuffer: 64 * 1024 * 1024 })
    const theirs: { components: { purl: string }[] } = JSON.parse(stdout)
    const missing = theirs.components.map(({ purl }) => decodeURIComponent(purl)).filter((purl) => !bill.has(purl))
    deepEqual(
      missing.filter((purl) => !purl.startsWith('pkg:npm/@barong/')),
      [],
    )

    const development = Object.keys(lock)
      .filter((place) => lock[place]?.dev)
      .map(purlAt)
    const others = new Set(
      Object.keys(lock)
        .filter((place) => !lock[place]?.dev)
        .map(purlAt),
    )
    deepEqual(
      development.filter((purl) => bill.has(purl) && !others.has(purl)),
      [],
    )
  })

  test('says of each where it comes from, under which licence, and what its bytes are', () => {
    const { components, dependencies } = billOfMaterials(lock)
    ok(components.length > 150)
    for (const { name, version, purl, hashes, externalReferences } of components) {
      ok(version, name)
      match(purl, /^pkg:npm\/[^@]+@\d/)
      for (const { url } of externalReferences ?? [])
        match(url, /^https:\/\/registry\.npmjs\.org\//, 'from where it is expected')
      for (const { alg, content } of hashes ?? []) deepEqual([alg, content.length], ['SHA-512', 128], name)
    }
    const references = new Set(components.map((component) => component['bom-ref']))
    for (const { dependsOn } of dependencies) for (const needed of dependsOn) ok(references.has(needed), needed)
    equal(JSON.stringify(billOfMaterials(lock)), JSON.stringify(billOfMaterials(lock)))
  })

  test('misses nothing that is nested below another package', () => {
    const nested = {
      server: { dependencies: { a: '1', b: '1' } },
      'node_modules/a': { version: '1', dependencies: { b: '2' } },
      'node_modules/a/node_modules/b': { version: '2', optionalDependencies: { c: '1' } },
      'node_modules/b': { version: '1' },
      'node_modules/c': { version: '1' },
    }
    deepEqual(closureOf(nested, ['server']), [
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/b',
      'node_modules/c',
    ])
  })
})
